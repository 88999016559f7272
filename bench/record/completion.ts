import type { Arrivals } from './arrivals.js';
import { LatencyTotal } from './distribution.js';
import { LatencyRecorder } from './latency-recorder.js';

export interface Completion {
  /**
   * Time from intended until the last subscriber had it, over the messages that reached every
   * subscriber.
   */
  readonly completion: LatencyTotal;
  /** Last receipt − first receipt of the same messages. */
  readonly skew: LatencyTotal;
  readonly complete: number;
}

/**
 * Adds up the arrivals of all processes: a message is complete when `joined` subscribers have it.
 * `due`: intended times, µs after `t0`; only the first `published` of them went out.
 */
export function completionOf(
  reports: readonly Arrivals[],
  due: Float64Array,
  t0: number,
  joined: number,
  published: number,
): Completion {
  const completion = new LatencyRecorder();
  const skew = new LatencyRecorder();
  let complete = 0;
  for (let at = 0; at < published; at++) {
    let count = 0;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const report of reports) {
      const here = report.count[at] as number;
      if (here === 0) continue;
      count += here;
      first = Math.min(first, report.first[at] as number);
      last = Math.max(last, report.last[at] as number);
    }
    if (count < joined || count === 0) continue;
    complete += 1;
    completion.record(last - (t0 + (due[at] as number)));
    skew.record(last - first);
  }
  const total = { completion: new LatencyTotal(), skew: new LatencyTotal(), complete };
  total.completion.add(completion.take());
  total.skew.add(skew.take());
  return total;
}
