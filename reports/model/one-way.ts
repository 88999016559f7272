/** One-way latencies of two clocks, whose difference is known to within an error. Pure. */
import { targetServer } from '../../bench/result/server.js';
import { formatMicros } from '../format.js';
import type { CellRuns } from './cell-runs.js';

/**
 * A latency of a row as a table has it: `text`, and ± what the clocks leave in doubt where that is
 * more than it is.
 */
export function oneWayText(text: string, value: number | null, { counted }: CellRuns): string {
  if (value === null) return text;
  const errors = counted.map((cell) => targetServer(cell)?.latency_error_us ?? 0);
  const error = Math.max(...errors);
  return value >= error ? text : `${text} ± ${formatMicros(error)}`;
}
