/** Queues computed the plain way: step by step, packet by packet. */
import type { Packet } from './offered.js';

/** When each packet leaves; −1 = it found no room. */
export type Departures = number[];

/**
 * A link that sends a byte every µs (8 Mbit/s), so that all times are whole: at each arrival the
 * packets that are still there are looked through.
 */
export function byteEachMicro(
  packets: readonly Packet[],
  limit: { readonly bytes?: number; readonly packets?: number },
): Departures {
  let waiting: { readonly bytes: number; readonly leaves: number }[] = [];
  let free = 0;
  return packets.map(({ at, bytes }) => {
    waiting = waiting.filter(({ leaves }) => leaves > at);
    const unsent = waiting.reduce((sum, one) => sum + Math.min(one.bytes, one.leaves - at), 0);
    const isFull =
      unsent + bytes > (limit.bytes ?? Number.POSITIVE_INFINITY) ||
      waiting.length + 1 > (limit.packets ?? Number.POSITIVE_INFINITY);
    if (isFull) return -1;
    free = Math.max(free, at) + bytes;
    waiting.push({ bytes, leaves: free });
    return free;
  });
}

/**
 * What mahimahi does with a trace: opportunity by opportunity, each carries up to 1,500 bytes of
 * who waits; one that finds nobody is gone. `limitBytes` of what has not been carried.
 */
export function carriedByTrace(
  packets: readonly Packet[],
  traceUs: readonly number[],
  limitBytes: number,
): Departures {
  const left: Departures = packets.map(() => -1);
  const queue: { readonly index: number; rest: number }[] = [];
  const period = traceUs.at(-1)!;
  let next = 0;
  const nextAt = (): number =>
    Math.floor(next / traceUs.length) * period + traceUs[next % traceUs.length]!;
  const carry = (): void => {
    const time = nextAt();
    next += 1;
    for (let room = 1_500; room > 0 && queue.length > 0; ) {
      const first = queue[0]!;
      const taken = Math.min(room, first.rest);
      first.rest -= taken;
      room -= taken;
      if (first.rest > 0) return;
      left[first.index] = time;
      queue.shift();
    }
  };
  for (const [index, { at, bytes }] of packets.entries()) {
    while (nextAt() <= at) carry();
    const unsent = queue.reduce((sum, { rest }) => sum + rest, 0);
    if (unsent + bytes <= limitBytes) queue.push({ index, rest: bytes });
  }
  while (queue.length > 0) carry();
  return left;
}

/**
 * The exact distribution of the number of losses among `count` packets of a two-state chain in its
 * steady state: P(0), P(1) …
 */
export function lossDistribution(count: number, ratio: number, burst: number): number[] {
  const start = ratio / (1 - ratio) / burst;
  const stay = 1 - 1 / burst;
  let good = [1 - ratio];
  let bad = [0, ratio];
  for (let n = 2; n <= count; n++) {
    const nextGood: number[] = [];
    const nextBad: number[] = [0];
    for (let k = 0; k < n; k++) {
      const [g, b] = [good[k] ?? 0, bad[k] ?? 0];
      nextGood[k] = g * (1 - start) + b * (1 - stay);
      nextBad[k + 1] = g * start + b * stay;
    }
    good = nextGood;
    bad = nextBad;
  }
  return Array.from({ length: count + 1 }, (_, k) => (good[k] ?? 0) + (bad[k] ?? 0));
}
