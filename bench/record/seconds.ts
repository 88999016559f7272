import type { SeriesSecond } from '../result/result.js';
import { LatencyTotal } from './distribution.js';
import type { LatencyCounts } from './latency-recorder.js';

interface Merged {
  readonly latency: LatencyTotal;
  reports: number;
}

export type DeliveredSecond = Omit<SeriesSecond, 'published'>;

/**
 * Adds up the seconds that subscriber processes report, into one series and one total. A second
 * reported by all is reduced to its figures at once, so that a day-long run stays small.
 */
export class SecondsMerger {
  readonly total: LatencyTotal = new LatencyTotal();
  readonly #processes: number;
  readonly #open = new Map<number, Merged>();
  readonly #done: DeliveredSecond[] = [];

  constructor(processes: number) {
    this.#processes = processes;
  }

  /** The figures of the second when this was the last report of it, else undefined. */
  add(second: number, counts: LatencyCounts): DeliveredSecond | undefined {
    this.total.add(counts);
    let merged = this.#open.get(second);
    if (merged === undefined) {
      merged = { latency: new LatencyTotal(), reports: 0 };
      this.#open.set(second, merged);
    }
    merged.latency.add(counts);
    merged.reports += 1;
    if (merged.reports < this.#processes) return undefined;
    this.#open.delete(second);
    const done = figures(second, merged.latency);
    this.#done[second] = done;
    return done;
  }

  /** The series, at least `seconds` long; seconds in which nothing arrived are there with zeros. */
  series(seconds: number, published: readonly number[]): SeriesSecond[] {
    const length = Math.max(
      seconds,
      this.#done.length,
      published.length,
      ...[...this.#open.keys()].map((at) => at + 1),
    );
    const silent = new LatencyTotal();
    return Array.from({ length }, (_, second) => {
      const open = this.#open.get(second);
      const one = this.#done[second] ?? figures(second, open?.latency ?? silent);
      return { ...one, published: published[second] ?? 0 };
    });
  }
}

function figures(second: number, latency: LatencyTotal): DeliveredSecond {
  return {
    second,
    // Every delivery is in it, those outside the histogram's range too.
    delivered: latency.delivered,
    p50_us: latency.percentile(0.5),
    p99_us: latency.percentile(0.99),
    max_us: latency.max,
  };
}
