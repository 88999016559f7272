/** How much of a result its page holds. */
import type { CellResult, Distribution, LabResult } from '../../../bench/result/result.js';
import { type EmbeddedJson, embedJson } from '../data-link.js';

/** Base64 characters: 16 cells, their charts and the script are then below 300 kB. */
const MOST = 144_000;

export interface EmbeddedResult extends EmbeddedJson {
  /** Which encoded histograms (`hdr`) it has: they are most of a result. */
  readonly histograms: 'all' | 'of latencies' | 'of the latencies drawn here';
}

/**
 * The whole result where that is small, else with fewer encoded histograms: every figure, reason
 * and second is there in any case, and with the `drawn` runs what a page is drawn from.
 */
export function embedResult(result: LabResult, drawn: ReadonlySet<CellResult>): EmbeddedResult {
  const withOnly = (keeps: (cell: CellResult) => boolean): LabResult => ({
    ...result,
    cells: result.cells.map((cell) => bare(cell, keeps(cell))),
  });
  const whole = encoded(result, 'all');
  if (whole.url.length <= MOST) return whole;
  const latencies = encoded(
    withOnly(() => true),
    'of latencies',
  );
  if (latencies.url.length <= MOST) return latencies;
  return encoded(
    withOnly((cell) => drawn.has(cell)),
    'of the latencies drawn here',
  );
}

function encoded(result: LabResult, histograms: EmbeddedResult['histograms']): EmbeddedResult {
  return { ...embedJson(result), histograms };
}

const HISTOGRAM = 'hdr' satisfies keyof Distribution;

/** The cell without a histogram, wherever in it they are, but that of its latency. */
function bare(cell: CellResult, keepsLatency: boolean): CellResult {
  const strip = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === HISTOGRAM ? null : strip(one)]),
    );
  };
  const stripped = strip(cell) as CellResult;
  return keepsLatency ? { ...stripped, latency_us: cell.latency_us } : stripped;
}
