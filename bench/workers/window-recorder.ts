import { type LatencyCounts, LatencyRecorder } from '../record/latency-recorder.js';
import type { Window } from './messages.js';

/** Latencies of one process in the measured window, second by second (of arrival, counted from the window's start). */
export class WindowRecorder {
  /** The window in intended time; nothing is in it before it is known. */
  start: number = Number.POSITIVE_INFINITY;
  end: number = Number.POSITIVE_INFINITY;
  /** What arrives after this is late. A window cut short has an earlier one. */
  deadline: number = Number.POSITIVE_INFINITY;
  /** The deadline has passed, or everything is there. */
  closed = false;
  delivered = 0;
  deliveredBytes = 0;
  lastDeliveredAt = 0;
  readonly #latency = new LatencyRecorder();
  readonly #onSecond: (second: number, counts: LatencyCounts) => void;
  #second = 0;
  #nextSecondAt: number = Number.POSITIVE_INFINITY;

  constructor(onSecond: (second: number, counts: LatencyCounts) => void) {
    this.#onSecond = onSecond;
  }

  open(window: Window): void {
    this.start = window.start;
    this.end = window.end;
    this.deadline = window.deadline;
    this.#nextSecondAt = window.start + 1e6;
  }

  /** Hands over every second that is complete at `now`, silent ones too, and closes past the deadline. Cheap else. */
  roll(now: number): void {
    if (now > this.deadline) this.close(this.deadline);
    while (now >= this.#nextSecondAt && !this.closed) this.#handOver();
  }

  /** A message of the window: received at `now`, intended at `time` (µs), `bytes` long. */
  record(now: number, time: number, bytes: number): void {
    this.lastDeliveredAt = now;
    this.delivered += 1;
    this.deliveredBytes += bytes;
    this.#latency.record(now - time);
  }

  /** Ends recording and hands over what is left. */
  close(now: number): void {
    if (this.closed) return;
    this.roll(now);
    this.closed = true;
    if (!this.#latency.empty) this.#handOver();
  }

  #handOver(): void {
    this.#onSecond(this.#second, this.#latency.take());
    this.#second += 1;
    this.#nextSecondAt += 1e6;
  }
}
