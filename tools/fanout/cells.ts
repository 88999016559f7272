/** Whole cells as `lab run` measures them, and the targets for one. */
import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import type { CellResult } from '../../bench/result/result.js';
import { runMatrix } from '../../bench/run/runner.js';
import { groupBy } from '../../reports/model/cells.js';
import { median } from '../../src/stats/index.js';
import { type Check, note } from './check.js';

/** Cells of the load that is asked for, by transport and rate. */
export async function cellsOf(
  change: Partial<RunConfig>,
): Promise<ReadonlyMap<string, readonly CellResult[]>> {
  const never = new AbortController().signal;
  const config: RunConfig = {
    ...DEFAULT_CONFIG,
    codecs: ['line-json'],
    clients: [1_000],
    baselines: false,
    durationsMs: [3_000],
    ...change,
  };
  const { cells } = await runMatrix(
    config,
    { command: 'npm run bench:fanout', supplied: [] },
    {
      stop: never,
      kill: never,
      onEvent: (event) => {
        if (event.type === 'cell-start') note(event.cell.id);
      },
    },
  );
  return groupBy(cells, nameOf);
}

function nameOf({ transport, rate_per_s: rate, clients }: CellResult): string {
  return `${transport} ${clients} × ${rate} msg/s`;
}

/** Of the runs that have it. */
export function medianOf(
  runs: readonly CellResult[],
  of: (cell: CellResult) => number | null | undefined,
): number {
  return median(runs.map((cell) => of(cell) ?? Number.NaN));
}

/** Everything arrives, in more than half of the runs without an INVALID verdict. */
export function deliveryChecks(name: string, runs: readonly CellResult[]): Check[] {
  const [first] = runs as readonly [CellResult, ...CellResult[]];
  const lost = medianOf(runs, (cell) => cell.lost);
  const delivered = medianOf(runs, ({ goodput }) => goodput.messages_per_s);
  const invalid = runs.filter(({ verdict }) => verdict.status === 'INVALID');
  const codes = new Set(runs.flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code)));
  const rate = Number.isNaN(delivered) ? '?' : (delivered / 1e6).toFixed(2);
  return [
    {
      what: `${name}: lost of ${first.expected}`,
      value: `${lost} (${rate} M/s delivered)`,
      target: '0',
      met: lost === 0 && (first.expected ?? 0) > 0,
    },
    {
      what: `${name}: runs that are INVALID`,
      value: `${invalid.length} of ${runs.length}${codes.size === 0 ? '' : ` (${[...codes].join(' ')})`}`,
      target: 'fewer than half',
      met: invalid.length * 2 < runs.length,
    },
  ];
}

export function p99Check(name: string, runs: readonly CellResult[], limitMs: number): Check {
  const p99 = medianOf(runs, ({ latency_us }) => latency_us.p99) / 1e3;
  const what = `${name}: p99 (${runs[0]?.latency_at})`;
  return { what, value: `${p99.toFixed(0)} ms`, target: `≤ ${limitMs} ms`, met: p99 <= limitMs };
}
