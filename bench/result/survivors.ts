/**
 * What never arrived has no latency. When more is missing than a percentile leaves out, the
 * percentile of all messages does not exist, and that of the survivors would reward losing the slow
 * ones: nothing is ranked, compared, held against a limit or repeated by it. Pure.
 */
import type { CellResult } from './result.js';

export const QUANTILES = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999, max: 1 } as const;
export type Quantile = keyof typeof QUANTILES;

/** Of the difference of two shares. */
const ROUNDING = 1e-12;

/** Figures that only what arrived has. */
export type Survival =
  | 'latency'
  | 'arrival'
  | 'receipt'
  | 'service'
  | 'completion'
  | 'staleness'
  | 'jitter';

/**
 * Share of what should have arrived that did not, for whatever reason; null when nothing was
 * expected, or nobody counted.
 */
export function missingShare({ expected, delivered }: CellResult): number | null {
  return expected === null || expected === 0 ? null : (expected - (delivered ?? 0)) / expected;
}

/**
 * The percentile of a cell, µs; null when it was not measured, and when it is that of the survivors
 * only.
 */
export function percentileOf(
  figure: Survival,
  quantile: Quantile,
  cell: CellResult,
): number | null {
  if (lostFrom(figure, quantile, cell) !== null) return null;
  switch (figure) {
    case 'latency':
      return cell.latency_us[quantile];
    case 'arrival':
      return cell.arrival_us?.[quantile] ?? null;
    case 'receipt':
      return cell.receipt_us[quantile];
    case 'service':
      return cell.service_us[quantile];
    case 'completion':
      return cell.completion_us?.[quantile] ?? null;
    case 'staleness':
      return cell.staleness_us?.[quantile] ?? null;
    case 'jitter':
      return quantile === 'p90' || quantile === 'p999'
        ? null
        : (cell.jitter_us?.[quantile] ?? null);
  }
}

/**
 * The share missing when it is more than the percentile leaves out (of the maximum: any); null when
 * it is not.
 */
export function lostFrom(figure: Survival, quantile: Quantile, cell: CellResult): number | null {
  const missing = missingFrom(figure, cell);
  return missing > 1 - QUANTILES[quantile] + ROUNDING ? missing : null;
}

/** The same in words: `52.9 % of its messages never arrived`, with `format` for the share. */
export function whyUntold(
  figure: Survival,
  quantile: Quantile,
  cell: CellResult,
  format: (share: number) => string,
): string | null {
  const lost = lostFrom(figure, quantile, cell);
  if (lost === null) return null;
  const leavesOut =
    quantile === 'max' ? 'a maximum leaves out none' : 'more than the percentile leaves out';
  return `${format(lost)} of its ${LOST[figure]}, ${leavesOut}`;
}

const LOST: Readonly<Record<Survival, string>> = {
  latency: 'messages never arrived',
  arrival: 'messages never arrived',
  receipt: 'messages never arrived',
  service: 'messages never arrived',
  completion: 'messages never reached all clients',
  staleness: 'clients received nothing',
  jitter: 'messages never arrived',
};

function missingFrom(figure: Survival, cell: CellResult): number {
  if (figure === 'completion') {
    const { complete, published } = cell;
    if (complete === null || published === null || published === 0) return 1;
    return (published - complete) / published;
  }
  if (figure === 'staleness') {
    // A lost message makes what is held older, so the age knows of it; but who holds nothing has no
    // age.
    const { joined, delivered, jitter_us: jitter } = cell;
    if (joined === 0 || delivered === null || delivered === 0) return 1;
    return jitter === null ? 0 : Math.max(0, joined - jitter.subscribers) / joined;
  }
  return missingShare(cell) ?? 1;
}
