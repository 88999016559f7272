/**
 * What an ideal instrument would say, worked out from the fault stage's own book, message by
 * message. Pure.
 */
import { rfc3550Jitter } from '../../src/metrics/index.js';
import type { Arrived, Injected } from './faults.js';

/** Messages of `[first, last]` in these packets. */
export function messagesIn(
  packets: readonly Pick<Injected, 'seq' | 'messages'>[],
  first = 1,
  last: number = Number.POSITIVE_INFINITY,
): number {
  let sum = 0;
  for (const { seq, messages } of packets) {
    for (let at = seq; at < seq + messages; at++) if (at >= first && at <= last) sum += 1;
  }
  return sum;
}

/** One message as it came to a subscriber. */
export interface Receipt {
  readonly seq: number;
  /** µs since the epoch. */
  readonly at: number;
}

/** Of each subscriber everything that came, duplicates too, in the order in which it came. */
export function receiptsOf(arrived: readonly Arrived[], clients: number): Receipt[][] {
  const receipts: Receipt[][] = Array.from({ length: clients }, () => []);
  for (const { client, seq, messages, at } of arrived) {
    for (let i = 0; i < messages; i++) receipts[client]?.push({ seq: seq + i, at });
  }
  return receipts;
}

/**
 * Mean RFC 3550 jitter of each subscriber over its messages, µs, message by message: each J by the
 * share of a steady jitter that the filter has taken in by then. `sentAt`: µs since the epoch, by
 * sequence number.
 */
export function jitterOf(
  arrived: readonly Arrived[],
  clients: number,
  sentAt: (seq: number) => number,
): number[] {
  return receiptsOf(arrived, clients).map((receipts) => {
    const sent = receipts.map(({ seq }) => sentAt(seq));
    const received = receipts.map(({ at }) => at);
    const jitters = rfc3550Jitter(sent, received);
    const taken = jitters.reduce((sum, _, i) => sum + 1 - (15 / 16) ** (i + 1), 0);
    return jitters.reduce((sum, jitter) => sum + jitter, 0) / Math.max(taken, Number.MIN_VALUE);
  });
}
