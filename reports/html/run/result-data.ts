/** How much of a result its page holds. */
import type { CellResult, Distribution, LabResult } from '../../../bench/result/result.js';
import { type EmbeddedJson, embedJson } from '../data-link.js';

/** Encoded histograms (`hdr`) that may be kept, the most first. */
type Histograms = 'all' | 'of latencies' | 'of the latencies drawn here' | 'none';

export interface EmbeddedResult extends EmbeddedJson {
  readonly histograms: Histograms;
}

/**
 * The result with as many encoded histograms, most of a large result, as fit into `room` bytes;
 * every figure, reason and second in any case. `drawn`: the cells whose latencies the page draws.
 */
export function embedResult(
  result: LabResult,
  drawn: ReadonlySet<CellResult>,
  room: number,
): EmbeddedResult {
  const keeping = (keeps: (cell: CellResult) => boolean): LabResult => ({
    ...result,
    cells: result.cells.map((cell) => withoutHistograms(cell, keeps(cell))),
  });
  const levels: readonly (readonly [Histograms, () => LabResult])[] = [
    ['all', () => result],
    ['of latencies', () => keeping(() => true)],
    ['of the latencies drawn here', () => keeping((cell) => drawn.has(cell))],
  ];
  for (const [histograms, part] of levels) {
    const embedded = embedJson(part());
    if (embedded.url.length <= room) return { ...embedded, histograms };
  }
  return { ...embedJson(keeping(() => false)), histograms: 'none' };
}

const HISTOGRAM = 'hdr' satisfies keyof Distribution;

/** The cell without a histogram, wherever in it they are, but perhaps that of its latency. */
function withoutHistograms(cell: CellResult, keepsLatency: boolean): CellResult {
  const strip = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === HISTOGRAM ? null : strip(one)]),
    );
  };
  const stripped = strip(cell) as CellResult;
  return keepsLatency ? { ...stripped, latency_us: cell.latency_us } : stripped;
}
