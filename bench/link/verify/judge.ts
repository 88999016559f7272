/** Whether a link does what it was asked to. Pure. */
import { LabError } from '../../../src/errors.js';
import type { LinkCheck } from './check.js';
import type { Evidence } from './evidence.js';
import { fateChecks } from './fate-checks.js';
import { delayChecks, LATENESS, latenessCheck, rateChecks } from './timing-checks.js';

export interface Verification {
  readonly checks: readonly LinkCheck[];
  readonly passed: boolean;
}

export function judge(up: Evidence, down: Evidence): Verification {
  const both = [up, down].flatMap((one) => [
    ...delayChecks(one),
    ...rateChecks(one),
    ...fateChecks(one),
  ]);
  const checks = [...both, latenessCheck(up)];
  return { checks, passed: checks.every(({ ok }) => ok) };
}

const UNITS = { us: 'us', 'bit/s': 'bit/s', packets: 'packets', share: '' } as const;

/** @throws LAB_ERR_LINK_UNVERIFIED with the first figure that is not as asked for */
export function refuseUnverified({ checks }: Verification): void {
  const failed = checks.filter(({ ok }) => !ok);
  const [first] = failed;
  if (first === undefined) return;
  const lateness = checks.find(({ what }) => what === LATENESS)?.achieved ?? 0;
  const { direction, what, unit, requested, achieved, low, high } = first;
  const number = (value: number | null): string =>
    value === null ? 'any' : `${Number(value.toPrecision(4))}`;
  const place = direction === 'both' ? '' : ` ${direction}`;
  throw new LabError(
    'LAB_ERR_LINK_UNVERIFIED',
    `the emulated link does not do what it was asked to:${place} ${what} is ${number(achieved)} ${UNITS[unit]}, asked for ${number(requested)} (allowed: ${number(low)} to ${number(high)})`.replaceAll(
      / {2,}/g,
      ' ',
    ),
    {
      hint: failed.every(({ isTiming }) => isTiming)
        ? `packets were carried up to ${number(lateness)} us late: the machine is too busy; end other programs, take fewer clients, or run as root, so that the emulator goes before others`
        : 'the machine may have thrown packets away: try again with less to do beside it',
    },
  );
}
