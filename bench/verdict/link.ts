/** Whether the link did what it was asked to. Pure. */
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
  const reasons: VerdictReason[] = [];
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
