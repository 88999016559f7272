/** `lab link SPEC`: asked for and found. */
import type { LinkSpec } from '../../bench/link/link-spec.js';
import type { LinkCheck } from '../../bench/link/verify/check.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderVerification } from '../ui/link-table.js';
import { withVerifiedLink } from './opened.js';

/** @returns the exit code */
export async function showLink(spec: LinkSpec, seed: number, json: boolean): Promise<number> {
  const verification = await withVerifiedLink(
    { spec, seed, clients: 1 },
    async (_, found) => found,
  );
  const { passed, checks } = verification;
  const document = {
    link: spec.name,
    specification: spec.text,
    seed,
    passed,
    checks: checks.map(row),
  };
  await print(
    json
      ? jsonText(document)
      : renderVerification(spec.name, verification, stdoutWidth(), stdoutStyle()),
  );
  return passed ? 0 : 1;
}

function row({ direction, what, unit, requested, achieved, low, high, ok }: LinkCheck): object {
  return { direction, what, unit, requested, achieved, low, high, ok };
}
