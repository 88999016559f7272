import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { longestWait, runQueueWaits } from '../../src/kernel/run-queue.js';
import { cpuTime } from './cpu-time.js';
import { peakResidentSet, residentSet } from './resident-set.js';

/**
 * Resolution of the event-loop delay monitor: it wakes this often, so delays are seen to about this
 * precision.
 */
const LOOP_DELAY_RESOLUTION_MS = 10;

type AtEnd = Omit<UsageReport, 'cpuMicros' | 'apartMicros' | 'loopDelayMaxMicros' | 'rssPeakBytes'>;

/** Of a process that nobody measured. */
export const UNKNOWN_USE: UsageReport = {
  cpuMicros: null,
  apartMicros: null,
  windowCpuMicros: null,
  windowMicros: null,
  runQueueMicros: null,
  loopUtilization: null,
  loopDelayP99Micros: null,
  loopDelayMaxMicros: null,
  rssStartBytes: null,
  rssBytes: null,
  rssPeakBytes: null,
};

/** Measures what this process uses in a window: CPU, event loop, memory. */
export class UsageMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  #cpuAtBegin = 0;
  #waitsAtBegin: ReturnType<typeof runQueueWaits> = null;
  #begunAt = 0;
  #rssAtBegin: number | null = null;
  #loopAtBegin: EventLoopUtilization | undefined;
  #atEnd: AtEnd | undefined;
  #workAtEnd: Work | undefined;
  readonly #apart: () => number | null;
  #apartAtBegin: number | null = null;
  #atLastWork: Work | undefined;
  /** µs; null = the monitor has not woken yet. */
  #longestDelay: number | null = null;

  /** `apart`: CPU-µs so far that are not of what is measured; null = not known. */
  constructor(apart: () => number | null = () => null) {
    this.#apart = apart;
  }

  /**
   * The window begins, or began `late` µs ago: a process that stood still at its start was late
   * with what came since. Only the first call counts.
   */
  begin(late = 0): void {
    if (this.#loopAtBegin !== undefined) return;
    this.#delay.enable();
    this.#delay.reset();
    this.#longestDelay = late > 0 ? late : null;
    this.#waitsAtBegin = runQueueWaits();
    this.#cpuAtBegin = cpuTime();
    this.#apartAtBegin = this.#apart();
    this.#begunAt = performance.now();
    this.#rssAtBegin = residentSet();
    this.#loopAtBegin = performance.eventLoopUtilization();
  }

  /** The window ends, or is cut short. Only the first call counts, and none does before `begin`. */
  end(): void {
    if (this.#atEnd !== undefined || this.#loopAtBegin === undefined) return;
    const { utilization } = performance.eventLoopUtilization(this.#loopAtBegin);
    const sampled = this.#delay.count > 0;
    this.#workAtEnd = this.#work();
    this.#observeDelay();
    this.#atEnd = {
      windowCpuMicros: this.#workAtEnd.all,
      windowMicros: (performance.now() - this.#begunAt) * 1_000,
      runQueueMicros: longestWait(this.#waitsAtBegin, runQueueWaits()),
      loopUtilization: Math.min(1, Math.max(0, utilization)),
      // The monitor reports the time between its wake-ups: its own period is not delay.
      loopDelayP99Micros: sampled ? aboveResolution(this.#delay.percentile(99)) : null,
      rssStartBytes: this.#rssAtBegin,
      rssBytes: residentSet(),
    };
  }

  /**
   * Messages of the window were still being sent or received just now, in it or after it: CPU and
   * the longest delay of the loop count up to here.
   */
  mark(): void {
    this.#atLastWork = this.#work();
    this.#observeDelay();
  }

  /** Nothing but the memory when the window never began. */
  report(): UsageReport {
    this.end();
    this.#delay.disable();
    const atEnd = this.#atEnd ?? UNKNOWN_USE;
    const rssBytes = this.#atEnd?.rssBytes ?? residentSet();
    const work = this.#atEnd === undefined ? undefined : (this.#atLastWork ?? this.#workAtEnd);
    return {
      ...atEnd,
      cpuMicros: work === undefined ? null : work.all - (work.apart ?? 0),
      apartMicros: work?.apart ?? null,
      loopDelayMaxMicros: this.#atEnd === undefined ? null : this.#longestDelay,
      rssBytes,
      rssPeakBytes: peakResidentSet(),
    };
  }

  #observeDelay(): void {
    if (this.#loopAtBegin === undefined || this.#delay.count === 0) return;
    this.#longestDelay = Math.max(this.#longestDelay ?? 0, aboveResolution(this.#delay.max));
  }

  #work(): Work {
    const apart = this.#apart();
    return {
      all: cpuTime() - this.#cpuAtBegin,
      apart: apart === null || this.#apartAtBegin === null ? null : apart - this.#apartAtBegin,
    };
  }
}

/** CPU-µs since the window began: of everything, and of what is not to count. */
interface Work {
  readonly all: number;
  readonly apart: number | null;
}

function aboveResolution(nanos: number): number {
  return Math.max(0, nanos / 1_000 - LOOP_DELAY_RESOLUTION_MS * 1_000);
}

/**
 * What one process used between the start of the window and its end: as planned, at the stop, or
 * when a late server was done. Null is what is not known: of a window that never began, or where
 * the system does not tell.
 */
export interface UsageReport {
  /**
   * CPU (user + system) from the start of the window until its last message was sent or received,
   * seen every 10 ms: deliveries go on while draining, but waiting for what was lost is not work of
   * the transport's. Without what is `apart`.
   */
  readonly cpuMicros: number | null;
  /** CPU of the same time that is not of what is measured, and left out; null = not known. */
  readonly apartMicros: number | null;
  /** CPU in the window alone, for the share of a core: nothing is left out. */
  readonly windowCpuMicros: number | null;
  readonly windowMicros: number | null;
  /** How long the thread that waited most was ready to run and waited for a CPU, in the window. */
  readonly runQueueMicros: number | null;
  /** Event-loop utilisation in the window, 0 to 1. */
  readonly loopUtilization: number | null;
  readonly loopDelayP99Micros: number | null;
  /** Of the loop, from the start of the window until its last message was sent or received. */
  readonly loopDelayMaxMicros: number | null;
  readonly rssStartBytes: number | null;
  readonly rssBytes: number | null;
  readonly rssPeakBytes: number | null;
}
