/** Whether the link did what it was asked to. Pure. */
import { failedChecks } from '../link/verify/book-checks.js';
import type { CellResult, VerdictReason } from '../result/result.js';
import { duration, invalid } from './reason.js';

/** Late packets matter above this, and above this share of the delay that was asked for. */
const LATE_MICROS = 1_000;
const LATE_SHARE = 0.05;

export function linkReasons({
  link_counts: counts,
}: Pick<CellResult, 'link_counts'>): readonly VerdictReason[] {
  if (counts === null) return [];
  const { delay_us: delay, lateness_us: lateness, unread, no_room: noRoom } = counts;
  const reasons: VerdictReason[] = unverified(counts.checks ?? []);
  const limit = Math.max(LATE_MICROS, LATE_SHARE * Math.max(delay.up, delay.down));
  if (lateness.p99 !== null && lateness.p99 > limit) {
    reasons.push(
      invalid(
        'LINK_LATE',
        `the emulated link delivered 1 % of the packets ${duration(lateness.p99)} late or later, above ${duration(limit)}`,
        HINT,
      ),
    );
  }
  if (unread + noRoom > 0) {
    reasons.push(
      invalid(
        'LINK_OVERRUN',
        `the emulated link lost ${unread + noRoom} packets that it was not asked to lose`,
        HINT,
      ),
    );
  }
  return reasons;
}

type Check = NonNullable<NonNullable<CellResult['link_counts']>['checks']>[number];

/** A figure of the link is outside of what chance and clocks allow: another link was measured. */
function unverified(checks: readonly Check[]): VerdictReason[] {
  const failed = failedChecks(checks);
  if (failed.length === 0) return [];
  const figures = failed.map(({ direction, what, unit, requested, achieved, low, high }) => {
    const text = (value: number | null): string =>
      value === null ? 'any' : unit === 'share' ? shareText(value) : duration(value);
    const place = direction === 'both' ? '' : `${direction} `;
    return `${place}${what} ${text(achieved)}, asked for ${text(requested)} (allowed: ${text(low)} to ${text(high)})`;
  });
  return [
    invalid(
      'LINK_UNVERIFIED',
      `the emulated link did not do in this cell what it was asked to: ${figures.join('; ')}`,
      'run again: less than one sound cell in 100,000 is so by chance; if it comes back, report it as a bug',
    ),
  ];
}

/** As many digits as tell a rare loss from another. */
function shareText(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}

/**
 * How much longer a drain may take behind a link that has no backlog, in seconds: its delay, and
 * over TCP, where segments were dropped, that the last ones are sent again (RFC 6298: after 200 ms
 * at least on Linux, and twice that when they are lost again).
 */
export function linkSeconds(counts: CellResult['link_counts']): number {
  if (counts === null) return 0;
  const { delay_us: delay, dropped_segments: dropped } = counts;
  const again =
    dropped === null || dropped === 0 ? 0 : 3 * RTO_MICROS + 2 * (delay.up + delay.down);
  return (delay.down + again) / 1e6;
}

/** The smallest time after which Linux sends a segment again. */
const RTO_MICROS = 200_000;

const HINT = 'lower `clients` or `ratesPerSecond`, or use a machine with more cores';
