import { Counter, Gauge, Registry } from 'prom-client';
import { countOpenFiles } from '../../kernel/open-files.js';
import type { ServerStats } from '../stats.js';
import { LoopDelay } from './loop-delay.js';
import type { Metric } from './metric.js';
import { COUNTED } from './metric-list.js';
import { measured } from './process-metrics.js';

/** How long a rendering is good for: whoever asks sooner is given the same. */
const FRESH_MS = 1_000;

/**
 * The server's figures for Prometheus, in a registry of its own: a program may have several
 * servers, and its own metrics.
 */
export class Metrics {
  readonly contentType: string;
  readonly #stats: () => ServerStats;
  readonly #readKernel: () => unknown;
  readonly #now: () => number;
  readonly #registry = new Registry();
  readonly #loop: LoopDelay;
  readonly #metrics = new Map<string, Counter | Gauge>();
  #newest: string | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #rendering: Promise<void> | undefined;

  /**
   * `readKernel`: awaited before the stats. `now`: milliseconds of a clock that only goes forward.
   */
  constructor(
    stats: () => ServerStats,
    readKernel: () => unknown = () => {},
    now: () => number = () => performance.now(),
  ) {
    this.#stats = stats;
    this.#readKernel = readKernel;
    this.#now = now;
    this.contentType = this.#registry.contentType;
    this.#loop = new LoopDelay(this.#registry);
  }

  /** The newest text; undefined before the first, and when the figures could not be read. */
  get newest(): string | undefined {
    return this.#newest;
  }

  /** Whether the newest is not to be rendered again yet. */
  get fresh(): boolean {
    return this.#rendering === undefined && this.#now() - this.#startedAt < FRESH_MS;
  }

  /**
   * Renders everything as of one moment, unless that is being done or was a moment ago. Never
   * rejects.
   */
  refresh(): Promise<void> {
    if (this.fresh) return Promise.resolve();
    this.#rendering ??= this.#render().then(
      (text) => this.#rendered(text),
      () => this.#rendered(undefined),
    );
    return this.#rendering;
  }

  close(): void {
    this.#loop.stop();
    this.#registry.clear();
  }

  async #render(): Promise<string> {
    this.#startedAt = this.#now();
    const [openFiles] = await Promise.all([countOpenFiles(), this.#readKernel()]);
    const stats = this.#stats();
    for (const metric of [...COUNTED, ...measured(openFiles)]) this.#set(metric, stats);
    return this.#registry.metrics();
  }

  #rendered(text: string | undefined): void {
    this.#newest = text;
    this.#rendering = undefined;
  }

  #set({ name, help, labels = [], samples }: Metric, stats: ServerStats): void {
    const metric = this.#metrics.get(name) ?? this.#create(name, help, labels);
    metric.reset();
    // Of a transport of the user's own it may be anything: one bad figure must not cost the others.
    const known = samples(stats).filter(([value]) => Number.isFinite(value));
    // A metric without samples would still announce itself, and prom-client make one of 0 of it.
    if (known.length === 0) {
      this.#registry.removeSingleMetric(name);
      this.#metrics.delete(name);
    }
    for (const [value = 0, sampleLabels = {}] of known) metric.inc(sampleLabels, value);
  }

  #create(name: string, help: string, labels: readonly string[]): Counter | Gauge {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
    const metric = name.endsWith('_total') ? new Counter(options) : new Gauge(options);
    this.#metrics.set(name, metric);
    return metric;
  }
}
