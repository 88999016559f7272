import { crc32 } from 'node:zlib';
import type { Codec } from '../../src/codecs/codec.js';
import { isControl } from '../../src/core/message.js';
import { canonical, type FeedPlan } from '../workload/feed-plan.js';

/** Every so many messages a subscriber has one compared with what was published. */
const EVERY = 512;
/** Subscribers take turns at so many different messages. */
const GROUPS = 8;

/** What a subscriber has its messages checked by. */
export interface MessageCheck {
  readonly codec: Codec;
  /** The first position at or after `at` that the `index`-th subscriber has checked. */
  next(at: number, index: number): number;
  /** Message `at` of the window is in `[start, end)`: is it what was published? */
  passes(at: number, bytes: Buffer, start: number, end: number): boolean;
}

/** Where nobody knows what was published, as no plan has it, nothing is ever checked. */
export function contentCheck(codec: Codec, plan: FeedPlan): MessageCheck {
  return plan.checksum.length > 0
    ? new ContentCheck(codec, plan)
    : { codec, next: () => Number.POSITIVE_INFINITY, passes: () => true };
}

/**
 * Compares messages, as they came, with what was published. Decoding costs as much as hundreds of
 * messages do otherwise; but all subscribers get the same bytes, so only the first one of a process
 * decodes a message, and the others' must have its checksum.
 */
export class ContentCheck implements MessageCheck {
  readonly codec: Codec;
  readonly #plan: FeedPlan;
  /** CRC-32 of the encoded messages found right, by position. */
  readonly #right = new Map<number, number>();

  constructor(codec: Codec, plan: FeedPlan) {
    this.codec = codec;
    this.#plan = plan;
  }

  next(at: number, index: number): number {
    const phase = (index % GROUPS) * (EVERY / GROUPS);
    return phase + Math.max(0, Math.ceil((at - phase) / EVERY)) * EVERY;
  }

  passes(at: number, bytes: Buffer, start: number, end: number): boolean {
    const checksum = crc32(bytes.subarray(start, end));
    if (this.#right.get(at) === checksum) return true;
    if (!this.#decodes(at, bytes, start, end)) return false;
    this.#right.set(at, checksum);
    return true;
  }

  #decodes(at: number, bytes: Buffer, start: number, end: number): boolean {
    try {
      const item = this.codec.decode(bytes, start, end)?.item;
      return (
        item !== undefined &&
        !isControl(item) &&
        item.seq === this.#plan.first + at &&
        crc32(canonical(item)) === this.#plan.checksum[at]
      );
    } catch {
      // What cannot be decoded is not what was published either.
      return false;
    }
  }
}
