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
  /** G by message, and by block how many are filled in. */
  readonly #inner: Float64Array;
  readonly #filled: Uint16Array;
  /** How often the step from the message before was inside a read: changes between neighbours. */
  readonly #steps: Int32Array;

  /** `sent`: send times of the window's messages, filled in as they become known. */
  constructor(sent: MessageTimes, ipdv: LatencyRecorder = new LatencyRecorder()) {
    const messages = sent.exact.length;
    this.ipdv = ipdv;
    this.#sent = sent;
    this.#inner = new Float64Array(messages);
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
      this.ipdv.record(difference);
    }
    if (to > from) {
      state.jitter = this.#across(state.jitter, from, to);
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

  /** The jitter at `to` that was `jitter` at `from`, both in the same read. */
  #across(jitter: number, from: number, to: number): number {
    const inner = this.#inner;
    let at = from;
    for (;;) {
      const end = Math.min(to, at - (at % BLOCK) + BLOCK - 1);
      this.#fill(end);
      jitter =
        (jitter - (inner[at] as number)) * (KEPT[end - at] as number) + (inner[end] as number);
      if (end === to) return jitter;
      at = end + 1;
      jitter += (this.#step(at) - jitter) * GAIN;
    }
  }

  /** Makes G known in the block of `to`, up to it. */
  #fill(to: number): void {
    const block = Math.floor(to / BLOCK);
    const first = block * BLOCK;
    const filled = this.#filled[block] as number;
    if (first + filled > to) return;
    const inner = this.#inner;
    // The first of a block stays 0.
    for (let at = first + Math.max(1, filled); at <= to; at++) {
      const before = inner[at - 1] as number;
      inner[at] = before + (this.#step(at) - before) * GAIN;
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
  jitter: number;
  transit: number;
  received: boolean;
}
