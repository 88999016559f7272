import type { EncodedLog } from '../../../core/log/encoded-log.js';
import type { SeqRange } from '../../datagram/repair-packets.js';

/** Passes remembered: what a client asks for is half a second old at most. */
const MOST_PASSES = 64;
/** Messages of a range that are looked at for one answer; of the rest the client asks again. */
const MOST_LOOKED_AT = 1_024;

/** What the feed knows of its messages. */
interface Successors {
  /** Of a retained message, the sequence number of the next one of its key; 0 = it is the newest. */
  successorOf(seq: number): number;
}

/**
 * Messages that are asked for, in a row: those at the positions `[first, end)` of the log, which
 * are to be repeated, or none of them, as later ones of their keys have been published. All
 * together they cover the sequence numbers `[from, to)`.
 */
export interface Part extends SeqRange {
  readonly first: number;
  readonly end: number;
  /** Of those that are not repeated, how many had been sent. */
  readonly superseded: number;
}

/**
 * What of a range is worth repeating to a subscriber with the policy `conflate`: only the latest
 * message of each key. What the policy left out was never sent, and is no later news either: to
 * repeat it would deliver what the client has been told will not come.
 */
export class LatestOnly {
  readonly #feed: Successors;
  readonly #log: EncodedLog;
  /** `[from, to)` each, of which it was sent the last message of each key. */
  readonly #passes: SeqRange[] = [];

  constructor(feed: Successors, log: EncodedLog) {
    this.#feed = feed;
    this.#log = log;
  }

  /** It goes on with the last message of each key of `[from, to)`. */
  conflated(from: number, to: number): void {
    this.#passes.push({ from, to });
    if (this.#passes.length > MOST_PASSES) this.#passes.shift();
  }

  /** The parts of `[from, to)`, which is retained: in order, and without a gap between them. */
  partsOf({ from, to }: SeqRange): Part[] {
    const log = this.#log;
    const last = log.positionOf(to);
    const parts: Part[] = [];
    let position = log.positionOf(from);
    const stop = Math.min(last, position + MOST_LOOKED_AT);
    let settled = from;
    while (position < stop) {
      const first = position;
      const isLatest = this.#isLatest(log.seqAt(first));
      let superseded = 0;
      for (; position < stop; position++) {
        const seq = log.seqAt(position);
        if (this.#isLatest(seq) !== isLatest) break;
        if (!isLatest && this.#wasSent(seq)) superseded += 1;
      }
      const end = isLatest ? position : first;
      const next = log.seqAt(position - 1) + 1;
      parts.push({ from: settled, to: next, first, end, superseded });
      settled = next;
    }
    // Behind the last of them there is nothing of this subscription's.
    if (stop === last && settled < to)
      parts.push({ from: settled, to, first: last, end: last, superseded: 0 });
    return parts;
  }

  #isLatest(seq: number): boolean {
    return this.#feed.successorOf(seq) === 0;
  }

  /** It was sent all but what a pass replaced by a later one of the same pass. */
  #wasSent(seq: number): boolean {
    const successor = this.#feed.successorOf(seq);
    return !this.#passes.some(({ from, to }) => from <= seq && seq < to && successor < to);
  }
}
