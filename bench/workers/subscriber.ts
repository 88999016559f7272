import type { Clock } from '../../src/core/clock.js';
import type { ControlMessage } from '../../src/core/message.js';
import type { LabError } from '../../src/errors.js';
import type { Receiver, Subscription } from '../../src/transports/transport.js';
import { overlap, SequenceAccount } from '../record/sequence-account.js';
import type { WindowRecorder } from './window-recorder.js';

/**
 * One simulated subscriber: accounts for every message by sequence number and records its latency. One object per
 * subscriber, one recorder per process; the path of an in-order message allocates nothing.
 */
export class BenchSubscriber implements Receiver {
  readonly account = new SequenceAccount();
  readonly #clock: Clock;
  readonly #recorder: WindowRecorder;
  /** Sequence ranges that the server said it skipped for us before our first message of the window: start, end (exclusive), … */
  readonly #skipped: number[] = [];
  /** Messages skipped behind it. They are of the window, because nothing is published after it. */
  #skippedInWindow = 0;
  #firstOfWindow = Number.POSITIVE_INFINITY;
  subscription: Subscription | undefined;
  /** Why the subscription ended, if it ended before we left. */
  cut: LabError | undefined;
  /** Unique messages of the window received in time, and after the deadline. */
  delivered = 0;
  late = 0;
  #now = 0;

  constructor(clock: Clock, recorder: WindowRecorder) {
    this.#clock = clock;
    this.#recorder = recorder;
  }

  /** Arrival time of everything in this read: when the process got hold of the bytes. */
  begin(): void {
    this.#now = this.#clock.now();
    this.#recorder.roll(this.#now);
  }

  message(seq: number, time: number, start: number, end: number): void {
    if (seq === this.account.next) this.account.next = seq + 1;
    else if (!this.account.outOfOrder(seq)) return;
    const recorder = this.#recorder;
    if (time >= recorder.start && time < recorder.end) {
      if (recorder.closed) {
        this.late += 1;
      } else {
        if (this.delivered === 0) this.#firstOfWindow = seq;
        this.delivered += 1;
        recorder.record(this.#now, time, end - start);
      }
    }
  }

  control(control: ControlMessage): void {
    if (control.control === 'welcome') this.account.start(control.next);
    else if (control.control === 'lagged') this.#skip(control.next - control.missed, control.next);
  }

  /** In a long run of a slow subscriber there are too many to remember each. */
  #skip(start: number, end: number): void {
    if (start > this.#firstOfWindow) this.#skippedInWindow += end - start;
    else this.#skipped.push(start, end);
  }

  /** Messages of `[first, last]` that the server skipped by policy; all that is missing when it cut us off for lagging. */
  droppedByPolicy(first: number, last: number): number {
    if (this.cut?.code === 'LAB_ERR_LAGGED') return this.account.missingIn(first, last);
    let dropped = this.#skippedInWindow;
    for (let i = 0; i < this.#skipped.length; i += 2) {
      dropped += overlap(this.#skipped[i] as number, this.#skipped[i + 1] as number, first, last + 1);
    }
    return dropped;
  }
}
