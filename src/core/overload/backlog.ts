/** Where a cursor stands to its limits. Pure: positions of a log in, a position out. */
import type { EncodedLog } from '../log/encoded-log.js';
import type { BacklogLimits } from './limits.js';

/**
 * The first position from which on the backlog is within `messages` and `bytes`; one message always
 * is, however long.
 */
export function firstWithin(log: EncodedLog, { messages, bytes }: BacklogLimits): number {
  const byMessages = Math.max(log.first, log.head - messages);
  if (bytes === Number.POSITIVE_INFINITY || log.bytesFrom(byMessages) <= bytes) return byMessages;
  return bisect(byMessages, log.head - 1, (at) => log.bytesFrom(at) <= bytes);
}

/** The position at which a backlog that begins at `position` is full, one message in it at least. */
export function endWithin(
  log: EncodedLog,
  position: number,
  { messages, bytes }: BacklogLimits,
): number {
  const byMessages = Math.min(log.head, position + messages);
  const most = log.bytesFrom(position) - bytes;
  if (log.bytesFrom(byMessages) >= most) return byMessages;
  return bisect(position + 1, byMessages, (at) => log.bytesFrom(at + 1) < most);
}

/** The first position of `[low, high]` that `holds`; `high` when none before it does. */
function bisect(from: number, to: number, holds: (position: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
