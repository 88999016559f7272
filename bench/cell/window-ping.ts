/** The system's ping while a window lasts: it tells what the load does to the path. */
import { startTimer, type Timer } from '../../src/core/timer.js';
import { LEFT_OUT } from '../probe/baselines.js';
import { type PingProbe, type RunningPing, startPing } from '../probe/ping/ping.js';
import { unavailable } from '../probe/round-trip.js';
import type { RoundTrip } from '../result/result.js';
import type { Window } from '../workload/window.js';

const PING_INTERVAL_MS = 100;

export class WindowPing {
  readonly #probe: PingProbe;
  readonly #wanted: boolean;
  #timer: Timer | undefined;
  #running: RunningPing | undefined;

  /** `wanted`: whether baselines are measured at all. */
  constructor(probe: PingProbe, wanted: boolean) {
    this.#probe = probe;
    this.#wanted = wanted;
  }

  /** Begins when the window does; `now` in µs. */
  schedule({ start, end }: Pick<Window, 'start' | 'end'>, now: number, onStart: () => void): void {
    const begin = (): void => {
      onStart();
      const maxMs = (end - start) / 1_000;
      if (this.#wanted)
        this.#running = startPing({ ...this.#probe, intervalMs: PING_INTERVAL_MS, maxMs });
    };
    this.#timer = startTimer(begin, Math.max(0, (start - now) / 1_000));
  }

  /** Ends it and gives what it measured. Safe to call twice. */
  async stop(): Promise<RoundTrip> {
    this.#timer?.cancel();
    if (this.#running !== undefined) return this.#running.stop();
    const { host, sizeBytes } = this.#probe;
    const why = this.#wanted ? 'the cell ended before its window' : LEFT_OUT;
    return unavailable({ host, size_bytes: sizeBytes }, why, null);
  }
}
