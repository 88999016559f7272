/** What theory says of a link, for those who check that it does what it was asked for. */
import { binomialRange, burstRange } from '../../src/stats/count-range.js';
import type { Interval } from '../../src/stats/hodges-lehmann.js';
import {
  type CapacitySpec,
  type DirectionSpec,
  FULL_PACKET_BYTES,
  type LossSpec,
  type RateSpec,
} from './link-spec.js';

/** Bits a second; of a trace over its whole period. */
export function meanBitsPerSecond(capacity: CapacitySpec): number {
  if (capacity.kind === 'constant') return capacity.bitsPerSecond;
  const { atUs } = capacity;
  return (atUs.length * FULL_PACKET_BYTES * 8 * 1e6) / atUs.at(-1)!;
}

/** Of a packet of this size, µs; of a trace its mean. */
export function serialisationUs(bytes: number, capacity: CapacitySpec): number {
  return (bytes * 8e6) / meanBitsPerSecond(capacity);
}

/** How long a full queue of packets of `bytes` takes at the mean rate, µs. */
export function fullQueueUs({ capacity, queue: { unit, limit } }: RateSpec, bytes: number): number {
  if (unit === 'us') return limit;
  return serialisationUs(unit === 'bytes' ? limit : limit * bytes, capacity);
}

/**
 * Below which a share q of the one-way delays lies, µs: evenly between delay − jitter and delay +
 * jitter. Of packets that are not held back and at least 2 × jitter apart: closer ones wait for
 * each other, as they keep their order, and are later in the mean. Without the time in the queue.
 */
export function delayQuantileUs({ delayUs, jitterUs }: DirectionSpec, q: number): number {
  return delayUs + jitterUs * (2 * q - 1);
}

/** Gilbert: the chance of a lost packet behind one that was not, for a ratio and a mean burst. */
export function startOfBurst(ratio: number, burst: number): number {
  return ratio / (1 - ratio) / burst;
}

/** Of the first `packets` of a flow. */
export function expectedLosses(loss: LossSpec, packets: number): number {
  if (loss.kind === 'random') return packets * loss.ratio;
  if (loss.kind === 'every') return Math.floor(packets / loss.every);
  return loss.packets.filter((n) => n <= packets).length;
}

/**
 * Between which two numbers the losses among `packets` in a row lie. The first of a flow, where
 * they are determined.
 */
export function lossRange(loss: LossSpec, packets: number, confidence: number): Interval {
  if (loss.kind !== 'random') {
    const exactly = expectedLosses(loss, packets);
    return { low: exactly, high: exactly };
  }
  const { ratio, burst } = loss;
  return burst === undefined
    ? binomialRange(packets, ratio, confidence)
    : burstRange(packets, ratio, burst, confidence);
}

/** Packets lost in a row, in the mean; 0 where none is lost. */
export function meanBurst(loss: LossSpec): number {
  if (loss.kind === 'every') return 1;
  if (loss.kind === 'list')
    return loss.packets.length / (loss.packets.length - pairs(loss.packets));
  return loss.ratio === 0 ? 0 : (loss.burst ?? 1 / (1 - loss.ratio));
}

/** The chance that a packet is lost whose predecessor was. */
export function conditionalLoss(loss: LossSpec): number {
  if (loss.kind === 'every') return 0;
  if (loss.kind === 'list') return pairs(loss.packets) / loss.packets.length;
  return loss.burst === undefined ? loss.ratio : 1 - 1 / loss.burst;
}

/** Listed packets whose predecessor is listed, too. */
function pairs(packets: readonly number[]): number {
  return packets.filter((n, i) => packets[i - 1] === n - 1).length;
}
