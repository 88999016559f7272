import { LatencyRecorder } from './latency-recorder.js';
import type { MessageTimes } from './message-times.js';

const GAIN = 1 / 16;
/** What is left of an old jitter after 0, 1, 2, … differences. */
const KEPT = Float64Array.from({ length: 256 }, (_, differences) => (1 - GAIN) ** differences);
/**
 * Messages whose inner jitter is computed in one go: so many at most must be done again when a
 * missing one turns up.
 */
const BLOCK = KEPT.length;

/**
 * RFC 3550 interarrival jitter (§6.4.1, A.8) and |IPDV| (RFC 3393) of the subscribers of one
 * process, at the price of one message a read: the filter is linear, so k messages of a read are
 * one step. The arithmetic is in docs/design/reasons.md.
 */
export class JitterMeter {
  /** |IPDV|; meters of several servers may share it. */
  readonly ipdv: LatencyRecorder;
  readonly #sent: MessageTimes;
  /** G by message, the sum of the steps up to it, and by block how many are filled in. */
  readonly #inner: Float64Array;
  readonly #travelled: Float64Array;
  readonly #filled: Uint16Array;
  /** How often the step from the message before was inside a read: changes between neighbours. */
  readonly #steps: Int32Array;

  /** `sent`: send times of the window's messages, filled in as they become known. */
  constructor(sent: MessageTimes, ipdv: LatencyRecorder = new LatencyRecorder()) {
    const messages = sent.exact.length;
    this.ipdv = ipdv;
    this.#sent = sent;
    this.#inner = new Float64Array(messages);
    this.#travelled = new Float64Array(messages);
    this.#filled = new Uint16Array(Math.ceil(messages / BLOCK));
    this.#steps = new Int32Array(messages + 1);
  }

  /** The send time of message `at` has become known: G from there on was computed without it. */
  known(at: number): void {
    const block = Math.floor(at / BLOCK);
    this.#filled[block] = Math.min(this.#filled[block] as number, at % BLOCK);
  }

  /**
   * A subscriber received messages `from` to `to` (inclusive, in order, send times known) at `now`.
   */
  run(state: JitterState, from: number, to: number, now: number): void {
    const sent = this.#sent.exact;
    const transit = now - (sent[from] as number);
    if (state.received) {
      const difference = Math.abs(transit - state.transit);
      state.jitter += (difference - state.jitter) * GAIN;
      state.variation += difference;
      state.differences += 1;
      this.ipdv.record(difference);
    }
    if (to > from) {
      this.#across(state, from, to);
      state.differences += to - from;
      const steps = this.#steps;
      steps[from + 1] = (steps[from + 1] as number) + 1;
      steps[to + 1] = (steps[to + 1] as number) - 1;
    }
    state.received = true;
    state.transit = now - (sent[to] as number);
  }

  /** Adds the differences inside reads to `ipdv`. Once, at the end. */
  finish(): void {
    let times = 0;
    for (let at = 1; at < this.#inner.length; at++) {
      times += this.#steps[at] as number;
      if (times > 0) this.ipdv.recordTimes(this.#step(at), times);
    }
  }

  /** Takes the jitter from what it was at `from` to what it is at `to`, both in the same read. */
  #across(state: JitterState, from: number, to: number): void {
    const inner = this.#inner;
    const travelled = this.#travelled;
    let { jitter, variation } = state;
    let at = from;
    for (;;) {
      const end = Math.min(to, at - (at % BLOCK) + BLOCK - 1);
      this.#fill(end);
      jitter =
        (jitter - (inner[at] as number)) * (KEPT[end - at] as number) + (inner[end] as number);
      variation += (travelled[end] as number) - (travelled[at] as number);
      if (end === to) break;
      at = end + 1;
      const step = this.#step(at);
      jitter += (step - jitter) * GAIN;
      variation += step;
    }
    state.jitter = jitter;
    state.variation = variation;
  }

  /** Makes G known in the block of `to`, up to it. */
  #fill(to: number): void {
    const block = Math.floor(to / BLOCK);
    const first = block * BLOCK;
    const filled = this.#filled[block] as number;
    if (first + filled > to) return;
    const inner = this.#inner;
    const travelled = this.#travelled;
    // The first of a block stays 0.
    for (let at = first + Math.max(1, filled); at <= to; at++) {
      const before = inner[at - 1] as number;
      const step = this.#step(at);
      inner[at] = before + (step - before) * GAIN;
      travelled[at] = (travelled[at - 1] as number) + step;
    }
    this.#filled[block] = to - first + 1;
  }

  /**
   * Difference of the send times of a message and the one before it; 0 where one of them is
   * unknown, which no run crosses.
   */
  #step(at: number): number {
    const sent = this.#sent;
    if (!sent.has(at) || !sent.has(at - 1)) return 0;
    return Math.abs((sent.exact[at] as number) - (sent.exact[at - 1] as number));
  }
}

/** One subscriber's share of it. */
export interface JitterState {
  /** J after the last message, µs. */
  jitter: number;
  transit: number;
  received: boolean;
  /** Sum of |D|, µs, and of how many. */
  variation: number;
  differences: number;
}

export function newJitterState(): JitterState {
  return { jitter: 0, transit: 0, received: false, variation: 0, differences: 0 };
}

/**
 * Mean of J over the messages that had one before them, µs; null when none had. J begins at 0 and
 * has taken in 1 − (15/16)^k of what there was after k differences: by the sum of those its sum is
 * divided, or the start would count as calm. Both sums are closed forms: docs/design/reasons.md.
 */
export function meanJitter({ jitter, variation, differences }: JitterState): number | null {
  if (differences === 0) return null;
  const still = 1 / GAIN - 1;
  const sum = variation - still * jitter;
  return Math.max(0, sum / (differences - still * (1 - (1 - GAIN) ** differences)));
}
