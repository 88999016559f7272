/** When the last bit of a packet leaves a link of a rate. Times are µs since the link started. */

import { meanBitsPerSecond } from '../closed-forms.js';
import { type CapacitySpec, FULL_PACKET_BYTES } from '../link-spec.js';

/**
 * One instant, in element 0: a number that is handed over by itself is allocated anew wherever V8
 * does not inline the call.
 */
export type Instant = Float64Array;

export interface Transmitter {
  readonly meanBitsPerSecond: number;
  /**
   * Whether no more than `limit` bytes of the packets accepted before are still to be sent at that
   * instant; what of a packet has gone is not counted.
   */
  hasAtMost(limit: number, at: Instant): boolean;
  /**
   * One more packet, behind those accepted before. `at` becomes the time when its last bit has
   * left; it is never less than it was at the call before.
   */
  send(bytes: number, at: Instant): void;
}

export class ConstantTransmitter implements Transmitter {
  readonly meanBitsPerSecond: number;
  #freeAt = Number.NEGATIVE_INFINITY;
  /** Counted from the packet that found it free, in whole bits: so no rounding adds up. */
  #busyFrom = 0;
  #busyBits = 0;

  constructor(bitsPerSecond: number) {
    this.meanBitsPerSecond = bitsPerSecond;
  }

  hasAtMost(limit: number, at: Instant): boolean {
    if (at[0]! >= this.#freeAt) return true;
    const sentBits = ((at[0]! - this.#busyFrom) * this.meanBitsPerSecond) / 1e6;
    return this.#busyBits - sentBits <= limit * 8;
  }

  send(bytes: number, at: Instant): void {
    if (at[0]! >= this.#freeAt) {
      this.#busyFrom = at[0]!;
      this.#busyBits = 0;
    }
    this.#busyBits += bytes * 8;
    this.#freeAt = this.#busyFrom + (this.#busyBits * 1e6) / this.meanBitsPerSecond;
    at[0] = this.#freeAt;
  }
}

/** The opportunities of a trace without end, by their number from 0. Shared by all its clients. */
export class Opportunities {
  readonly period: number;
  readonly meanBitsPerSecond: number;
  readonly #at: Float64Array;

  constructor(capacity: CapacitySpec & { kind: 'trace' }) {
    this.#at = Float64Array.from(capacity.atUs);
    this.period = this.#at.at(-1)!;
    this.meanBitsPerSecond = meanBitsPerSecond(capacity);
  }

  timeOf(index: number): number {
    const round = Math.floor(index / this.#at.length);
    return round * this.period + this.#at[index - round * this.#at.length]!;
  }

  /** The first after that instant: one at that very time is gone, as mahimahi has it. */
  firstAfter(at: Instant, offset: number): number {
    const time = at[0]! + offset;
    const round = Math.floor(time / this.period);
    const rest = time - round * this.period;
    let low = 0;
    let high = this.#at.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at[middle]! > rest) high = middle;
      else low = middle + 1;
    }
    return round * this.#at.length + low;
  }
}

/** A packet may take several opportunities, and several packets one; what is left of it is gone. */
export class TraceTransmitter implements Transmitter {
  readonly meanBitsPerSecond: number;
  readonly #opportunities: Opportunities;
  /** Where in the trace the link starts. */
  readonly #offset: number;
  /** In which the last packet ends, and what is used of it. */
  #last = -1;
  #used = 0;

  constructor(opportunities: Opportunities, offset: number) {
    this.#opportunities = opportunities;
    this.#offset = offset;
    this.meanBitsPerSecond = opportunities.meanBitsPerSecond;
  }

  hasAtMost(limit: number, at: Instant): boolean {
    const next = this.#opportunities.firstAfter(at, this.#offset);
    return this.#last < next || (this.#last - next) * FULL_PACKET_BYTES + this.#used <= limit;
  }

  send(bytes: number, at: Instant): void {
    const next = this.#opportunities.firstAfter(at, this.#offset);
    const isFree = this.#last < next;
    const total = (isFree ? 0 : this.#used) + bytes;
    const further = Math.ceil(total / FULL_PACKET_BYTES) - 1;
    this.#last = (isFree ? next : this.#last) + further;
    this.#used = total - further * FULL_PACKET_BYTES;
    at[0] = this.#opportunities.timeOf(this.#last) - this.#offset;
  }
}
