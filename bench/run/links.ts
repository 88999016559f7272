/** The links of a run before its first cell: each is tried, and pinged while it is idle. */
import type { CellPlan, RunConfig } from '../config.js';
import type { RunHooks } from '../events.js';
import type { Link } from '../link/link.js';
import { NO_LINK } from '../link/link-spec.js';
import { openLink } from '../link/open-link.js';
import { parseLink } from '../link/spec/parse.js';
import { profileOf } from '../link/spec/profiles.js';
import { readTraceFile } from '../link/spec/trace-file.js';
import type { LinkCheck } from '../link/verify/check.js';
import { refuseUnverified } from '../link/verify/judge.js';
import { verifyLink } from '../link/verify/verify.js';
import { noEchoes, pingThrough, skippedPing } from '../probe/baselines.js';
import type { Baselines, LinkFound } from '../result/result.js';

/** @throws as `openLink`; LAB_ERR_LINK_UNVERIFIED for one that does not do what it was asked to */
export async function findLinks(
  config: RunConfig,
  sizeBytes: number,
  hooks: RunHooks,
): Promise<LinkFound[]> {
  const found: LinkFound[] = [];
  for (const name of config.links) {
    if (name === NO_LINK) continue;
    const spec = parseLink('`links`', name, readTraceFile);
    const link = await openLink({ spec, seed: config.seed, clients: 1 });
    try {
      const verification = await verifyLink(link);
      refuseUnverified(verification);
      const ping = config.baselines
        ? await pingThrough(link, sizeBytes, hooks)
        : skippedPing(link.serverAddress, sizeBytes);
      const profile = profileOf(name);
      found.push({
        name,
        specification: spec.text,
        source: profile?.source ?? null,
        assumed: profile?.assumed ?? null,
        ping,
        checks: verification.checks.map(checkResult),
      });
    } finally {
      await link.close();
    }
  }
  return found;
}

function checkResult({ ok: _, isTiming: __, ...check }: LinkCheck): LinkFound['checks'][number] {
  return check;
}

/** The baselines of a cell behind this link: nobody echoes there. */
export function baselinesBehind({ ping }: LinkFound): Baselines {
  return { size_bytes: ping.size_bytes, ping, echo: noEchoes(ping) };
}

/** Runs `use` with the link that the cell is to be measured behind; null = none. @throws as both */
export async function withLink<T>(
  plan: CellPlan,
  seed: number,
  use: (link: Link | null) => Promise<T>,
): Promise<T> {
  if (plan.kind === 'target' || plan.link === NO_LINK) return await use(null);
  const spec = parseLink('`links`', plan.link, readTraceFile);
  const link = await openLink({ spec, seed, clients: plan.clients });
  try {
    return await use(link);
  } finally {
    await link.close();
  }
}
