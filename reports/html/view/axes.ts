/** Ticks of the axes of a chart that is drawn in the browser, and what stands at them. Pure. */
import { formatCount, formatMicros, trimmed } from '../../format.js';
import type { ChartModel } from './model.js';

/** 1 ÷ (1 − quantile) at which the percentile axis has a tick. */
const PERCENTILES: readonly (readonly [number, string])[] = [
  [2, 'p50'],
  [10, 'p90'],
  [100, 'p99'],
  [1_000, 'p99.9'],
  [10_000, 'p99.99'],
  [100_000, 'p99.999'],
];

export function percentileTicks(from: number, to: number): number[] {
  const within = PERCENTILES.map(([x]) => x).filter((x) => x >= from * 0.999 && x <= to * 1.001);
  return within.length > 0 ? within : [from, to];
}

/** `p99.9` at 1,000; between ticks, as far as the digits are of use: `p99.73`. */
export function percentileName(x: number): string {
  const known = PERCENTILES.find(([at]) => Math.abs(at / x - 1) < 0.001);
  if (known !== undefined) return known[1];
  const digits = Math.max(0, Math.ceil(Math.log10(x)) - 1);
  return `p${(100 * (1 - 1 / x)).toFixed(digits)}`;
}

export function xName(kind: ChartModel['x']['kind'], x: number): string {
  return kind === 'percentile' ? percentileName(x) : `${trimmed(String(x))} s`;
}

export function yName(kind: ChartModel['y']['kind'], value: number | null): string {
  return kind === 'us' ? trimmed(formatMicros(value)) : `${trimmed(formatCount(value))}/s`;
}
