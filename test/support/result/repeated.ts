/** Results of repeated runs, each figure of each run as a test wants it. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { type CellPlan, makeCell } from './cell-factory.js';
import { makeResult } from './result-factory.js';

/** One run of a cell. What is left out is the same in every run of every result. */
export interface RunFigures {
  readonly p50?: number | null;
  readonly p99?: number | null;
  readonly goodput?: number;
  readonly loss?: number;
  readonly cpu?: number;
  readonly status?: CellResult['verdict']['status'];
}

/** The runs of one cell, `tcp/line-json` unless said otherwise. */
export function makeRuns(
  figures: readonly RunFigures[],
  plan: Pick<CellPlan, 'transport' | 'codec' | 'clients' | 'flush'> & {
    readonly incomplete?: boolean;
  } = {},
): CellResult[] {
  const { incomplete = false, ...rest } = plan;
  const templates = new Map<number, CellResult>();
  return figures.map(
    ({ p50 = 900, p99 = 4000, goodput = 100_000, loss = 0, cpu = 2, status }, i) => {
      // Histograms take time to make, and no test looks into them.
      const cell =
        templates.get(loss) ?? makeCell({ ...rest, dropped: Math.round(loss * 1_000_000) });
      templates.set(loss, cell);
      return {
        ...cell,
        incomplete,
        run: i + 1,
        latency_us: { ...cell.latency_us, p50, p99 },
        receipt_us: { ...cell.receipt_us, p50, p99 },
        goodput: { ...cell.goodput, messages_per_s: goodput },
        cpu_us_per_delivery: { ...cell.cpu_us_per_delivery, server: cpu },
        verdict: { ...cell.verdict, status: status ?? 'VALID' },
        completion_us: null,
        staleness_us: null,
        staleness_excess_us: null,
      };
    },
  );
}

/** One result of these cells, started at an hour of its own. */
export function makeRepeated(
  hour: number,
  cells: readonly CellResult[],
  overrides: Partial<LabResult> = {},
): LabResult {
  return makeResult(cells, {
    startedAt: `2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`,
    ...overrides,
  });
}

/** `count` values from `from`, `step` apart. */
export function spread(from: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}
