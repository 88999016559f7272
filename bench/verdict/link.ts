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

const HINT = 'lower `clients` or `ratesPerSecond`, or use a machine with more cores';
