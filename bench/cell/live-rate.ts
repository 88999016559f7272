/**
 * What the progress line shows while messages flow: deliveries per second and p99 over all
 * subscriber processes.
 */
export class LiveRate {
  readonly #reporters = new Map<string, number | null>();
  #delivered = 0;
  #since: number;

  /** `now`: µs on the shared clock. */
  constructor(now: number) {
    this.#since = now;
  }

  /**
   * Takes one process's report. Once each process has reported since the last result, gives the
   * rate over all of them; until then undefined. The p99 is the highest of any process: a warning
   * light, not a statistic.
   */
  add(
    worker: string,
    delivered: number,
    p99Micros: number | null,
    now: number,
    processes: number,
  ): { readonly perSecond: number; readonly p99Micros: number | null } | undefined {
    this.#delivered += delivered;
    this.#reporters.set(worker, p99Micros);
    if (this.#reporters.size < processes) return undefined;
    const known = [...this.#reporters.values()].filter((p99) => p99 !== null);
    const perSecond = (this.#delivered * 1e6) / Math.max(1, now - this.#since);
    this.#reporters.clear();
    this.#delivered = 0;
    this.#since = now;
    return { perSecond, p99Micros: known.length === 0 ? null : Math.max(...known) };
  }
}
