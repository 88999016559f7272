import { JitterMeter } from './jitter.js';
import type { LatencyRecorder } from './latency-recorder.js';
import { MessageTimes } from './message-times.js';

/**
 * What is known of the messages that one server process published, as the subscribers of a process
 * saw them: every shard of a cell publishes the same messages, and stamps them with times of its
 * own. Positions count the messages of the window from 0.
 */
export class Publication {
  /** When each was published, µs since the epoch. */
  readonly sent: MessageTimes;
  readonly jitter: JitterMeter;
  /**
   * The newest messages received by anybody, without one missing among them: positions, the end
   * exclusive.
   */
  #knownFrom = 0;
  #knownTo = 0;

  /** `messages`: how many the window has. `ipdv`: where its jitter meter records |IPDV|. */
  constructor(messages: number, ipdv: LatencyRecorder) {
    this.sent = new MessageTimes(messages);
    this.jitter = new JitterMeter(this.sent, ipdv);
  }

  /** Somebody has received message `at` before. */
  knows(at: number): boolean {
    return this.sent.has(at);
  }

  /** All messages from `at`, itself known, to this position (exclusive) are known. */
  knownTo(at: number): number {
    return at >= this.#knownFrom ? this.#knownTo : at;
  }

  /** Message `at`, not known so far, was published at `time`. */
  note(at: number, time: number): void {
    this.sent.set(at, time);
    this.jitter.known(at);
    if (at > this.#knownTo) this.#knownFrom = at;
    if (at >= this.#knownTo) this.#knownTo = at + 1;
  }
}
