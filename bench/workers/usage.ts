import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { UsageReport } from './messages.js';

/** Resolution of the event-loop delay monitor: it wakes this often, so delays are seen to about this precision. */
const LOOP_DELAY_RESOLUTION_MS = 10;

type AtEnd = Omit<UsageReport, 'cpuMicros' | 'rssPeakBytes'>;

/** Measures what this process uses in a window: CPU, event loop, memory. */
export class UsageMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  #cpuAtBegin = 0;
  #begunAt = 0;
  #rssAtBegin = 0;
  #loopAtBegin: EventLoopUtilization | undefined;
  #atEnd: AtEnd | undefined;

  /** The window begins. */
  begin(): void {
    this.#delay.enable();
    this.#delay.reset();
    this.#cpuAtBegin = cpuMicros();
    this.#begunAt = performance.now();
    this.#rssAtBegin = process.memoryUsage.rss();
    this.#loopAtBegin = performance.eventLoopUtilization();
  }

  /** The window ends. Only the first call counts. */
  end(): void {
    if (this.#atEnd !== undefined) return;
    if (this.#loopAtBegin === undefined) this.begin();
    const { utilization } = performance.eventLoopUtilization(this.#loopAtBegin as EventLoopUtilization);
    this.#atEnd = {
      windowCpuMicros: cpuMicros() - this.#cpuAtBegin,
      windowMicros: (performance.now() - this.#begunAt) * 1_000,
      loopUtilization: Math.min(1, Math.max(0, utilization)),
      // The monitor reports the time between its wake-ups: its own period is not delay.
      loopDelayP99Micros: aboveResolution(this.#delay.percentile(99)),
      loopDelayMaxMicros: aboveResolution(this.#delay.max),
      rssStartBytes: this.#rssAtBegin,
      rssBytes: process.memoryUsage.rss(),
    };
    this.#delay.disable();
  }

  report(): UsageReport {
    this.end();
    return {
      ...(this.#atEnd as AtEnd),
      cpuMicros: cpuMicros() - this.#cpuAtBegin,
      rssPeakBytes: process.resourceUsage().maxRSS * 1_024,
    };
  }
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function aboveResolution(nanos: number): number {
  return Number.isFinite(nanos) ? Math.max(0, nanos / 1_000 - LOOP_DELAY_RESOLUTION_MS * 1_000) : 0;
}
