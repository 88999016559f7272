import { describe, expect, test } from 'vitest';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { formatInterval, formatMicros } from '../../../reports/format.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { cellRunsOf, estimate, pooledLoss } from '../../../reports/model/cell-runs.js';
import { workloadsOf } from '../../../reports/model/cells.js';
import { bootstrapMedian } from '../../../src/stats/index.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import { LEDGER_OPEN, makeResult, SMALL_BUFFER } from '../../support/result/result-factory.js';

const LATENCY = makeLatency(100_000, 900);
const p99Of = (cell: CellResult): number | null => cell.latency_us.p99;

interface Run {
  readonly p99?: number | null;
  readonly dropped?: number;
  readonly reasons?: CellResult['verdict']['reasons'];
  readonly incomplete?: boolean;
}

function runsOf(transport: string, runs: readonly Run[]): CellResult[] {
  return runs.map(({ p99 = 1_000, dropped = 0, reasons = [], incomplete = false }, i) =>
    makeCell(
      { transport, codec: 'msgpack', run: i + 1, seconds: 1, dropped, reasons },
      { latency_us: { ...LATENCY, p99 }, incomplete },
    ),
  );
}

/** Round by round, as repeats are measured. */
function interleaved(...cells: readonly CellResult[][]): LabResult {
  return makeResult(cells[0]!.flatMap((_, run) => cells.map((runs) => runs[run]!)));
}

function rowOf(markdown: string, heading: string, name: string): string {
  const section = markdown.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return section
    .split('\n')
    .find((line) => line.startsWith('|') && line.includes(name))!
    .replaceAll('\u00a0', ' ');
}

const tcp = runsOf('tcp', [
  { p99: 1_200 },
  { p99: 1_000 },
  { p99: 1_100 },
  { p99: 1_400 },
  { p99: 1_300 },
]);
const result = interleaved(
  tcp,
  runsOf('udp', [
    { p99: 700 },
    { p99: 600 },
    { p99: 90, reasons: [LEDGER_OPEN] },
    { p99: 800 },
    { p99: 500 },
  ]),
);

describe('the runs of a cell', () => {
  const [first, second] = workloadsOf(result).flatMap((workload) => cellRunsOf(result, workload));

  test('make a median and the bootstrap interval of the seed of the run', () => {
    const { median, low, high } = bootstrapMedian([1_200, 1_000, 1_100, 1_400, 1_300], {
      seed: result.seed,
    });
    expect(median).toBe(1_200);
    expect(estimate(first!, p99Of, result.seed)).toEqual({ median, interval: { low, high } });
  });

  test('that are INVALID are in no figure, and are counted in the verdict', () => {
    expect(estimate(second!, p99Of, 1)).toMatchObject({
      median: 650,
      interval: { low: 500, high: 800 },
    });
    expect(second).toMatchObject({ status: 'INVALID', statusCount: 1, usable: true });
  });

  test('are shown by the one with the median p99, which is a run that counts', () => {
    expect(first!.typical.latency_us.p99).toBe(1_200);
    expect(second!.typical.latency_us.p99).toBe(600);
  });

  test('have no interval with fewer than three that count, and no figure that only some of them have', () => {
    const few = makeResult([
      ...tcp.slice(0, 2),
      ...runsOf('udp', [{ p99: 1 }, { p99: null }, { p99: 1 }]),
    ]);
    const [two, gap] = workloadsOf(few).flatMap((workload) => cellRunsOf(few, workload));
    expect(estimate(two!, p99Of, 1)).toEqual({ median: 1_100, interval: null });
    expect(estimate(gap!, p99Of, 1)).toBeNull();
  });

  test('lose together what they lose apart: a median would hide two lossy runs of five', () => {
    const lossy = interleaved(runsOf('udp', [{}, {}, {}, { dropped: 5_000 }, { dropped: 20_000 }]));
    const [only] = workloadsOf(lossy).flatMap((workload) => cellRunsOf(lossy, workload));
    expect(pooledLoss(only!)).toBeCloseTo(25_000 / 500_000, 12);
  });

  test('of which none counts show their figures without an interval, under their mark', () => {
    const bad = interleaved(runsOf('tcp', Array(4).fill({ reasons: [LEDGER_OPEN] })));
    const [only] = workloadsOf(bad).flatMap((workload) => cellRunsOf(bad, workload));
    expect(estimate(only!, p99Of, 1)).toEqual({ median: 1_000, interval: null });
    const { markdown } = renderReport(bad);
    expect(rowOf(markdown, 'Comparison', 'tcp/msgpack')).toContain('✘ INVALID 4/4 tcp/msgpack');
    expect(markdown).toContain('1 cell has no run that counts');
  });
});

describe('a report over repeats', () => {
  const { markdown, files } = renderReport(result);

  test('has one row for each cell with its median and interval, and every run further down', () => {
    const row = rowOf(markdown, 'Comparison', 'tcp/msgpack');
    expect(row).toContain('✔ VALID 5/5 tcp/msgpack');
    expect(row).toContain('| 1.20 ms (1.00 to 1.40 ms) |');
    expect(rowOf(markdown, 'Every run', 'udp/msgpack\u00a0run\u00a03')).toContain(
      '✘ INVALID udp/msgpack run 3',
    );
  });

  test('has its cells in the order of the lists, whatever the order of the rounds', () => {
    const shuffled = makeResult([...result.cells].reverse(), { config: result.config });
    expect(renderReport(shuffled)).toEqual(renderReport(result));
  });

  test('marks a cell with an INVALID run in every row and chart that has its figures', () => {
    const rows = markdown
      .slice(markdown.indexOf('## Comparison'))
      .split('\n')
      .filter((line) => /^\|.*udp\/msgpack/.test(line) && !/msgpack.(run|\(run)/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(4);
    for (const row of rows) expect(row).toMatch(/✘.INVALID.1\/5.udp\/msgpack/);
    for (const name of ['repeats', 'completion', 'staleness', 'stages']) {
      expect(files.get(`${name}.svg`)).toContain('✘ INVALID 1/5 · udp/msgpack');
    }
  });

  test('says which runs of a pair were left out of the comparison', () => {
    expect(markdown.split('## Comparison')[0]).toContain(
      'The ranking is of VALID cells only and leaves out ✘ INVALID udp/msgpack (run 3)',
    );
  });

  test('says what so few runs are worth: the range of 4 holds the median with 87.5 %, 1 − 2 × 2^−4', () => {
    expect(markdown).toContain(
      'The interval of 4 runs is their range, and holds the true median with only 87.5 %',
    );
    const five = renderReport(interleaved(runsOf('tcp', Array(5).fill({})))).markdown;
    expect(five).not.toContain('is their range');
  });

  test('draws every run as a dot, and one that does not count as a cross', () => {
    const svg = files.get('repeats.svg')!;
    // One of each in the legend; each run is in two panels.
    expect(svg.match(/<circle /g)).toHaveLength(1 + 2 * 9);
    expect(svg.match(/stroke="#8a929a" stroke-width="1.6"/g)).toHaveLength(2 * 2);
  });

  test('draws lines of one run of each cell and says which', () => {
    expect(files.get('latency.svg')).toContain('>tcp/msgpack #1<');
    expect(markdown).toContain('that with the median p99');
  });

  test('names the runs of a warning once, as ranges', () => {
    const warned = runsOf('udp', [
      {},
      { reasons: [SMALL_BUFFER] },
      { reasons: [SMALL_BUFFER] },
      {},
      { reasons: [SMALL_BUFFER] },
    ]);
    expect(renderReport(interleaved(warned)).markdown).toContain(
      '⚠ SUSPECT udp/msgpack (runs 2–3, 5)',
    );
  });
});

describe('how a run came to its number of repeats', () => {
  const auto = (outcome: LabResult['repeat']['outcome'], runs: number): string => {
    const config = structuredClone(result.config);
    Object.assign(config.effective, {
      repeat: null,
      ci_target: 0.05,
      ci_metric: 'p99',
      max_repeat: 20,
    });
    const repeat: LabResult['repeat'] = {
      mode: 'auto',
      runs,
      metric: 'p99',
      target: 0.05,
      outcome,
    };
    return renderReport({ ...result, config, repeat }).markdown;
  };

  test.each([
    [
      'reached',
      7,
      '7 runs of each cell, interleaved: `--repeat auto` ended with the 95 % interval of every cell',
    ],
    [
      'limit',
      20,
      "ended WITHOUT the 95 % interval of every cell's p99 within ±5 % of its median: 20 runs were the limit",
    ],
    ['limit', 5, 'a cell has no such figure in any run'],
    ['interrupted', 2, 'was interrupted before it had the 95 % interval'],
  ] as const)('is said: %s after %d', (outcome, runs, said) => {
    expect(auto(outcome, runs)).toContain(said);
  });
});

describe('a figure with its interval', () => {
  test.each([
    [15_200, 14_100, 16_300, '15.2 ms (14.1 to 16.3 ms)'],
    [980, 950, 1_020, '980 µs (950 µs to 1.02 ms)'],
    [1_000, 1_000, 1_000, '1.00 ms (1.00 to 1.00 ms)'],
    [0, 0, 5, '0 µs (0 to 5.00 µs)'],
  ])('%d µs from %d to %d is %s', (median, low, high, text) => {
    expect(formatInterval(median, { low, high }, formatMicros)).toBe(text);
  });

  test('without one is the figure alone', () => {
    expect(formatInterval(7.03, null, formatMicros)).toBe('7.03 µs');
  });
});

describe('what was not measured', () => {
  test('is named under its table instead of a column of dashes, and drawn in no chart', () => {
    const old = makeCell(
      {},
      {
        completion_us: null,
        skew_us: null,
        complete: null,
        staleness_us: null,
        staleness_excess_us: null,
        jitter_us: null,
        ipdv_us: null,
        pdv_us: { p50: null, p99: null, p999: null },
        reordering: {
          ratio: null,
          extent_max: 0,
          extent_mean: null,
          n_reordered: { n1: 0, n2: 0, n3: 0 },
        },
        position_us: null,
        stages_us: {
          schedule: null,
          encode: null,
          queue: null,
          network: null,
          instrument: null,
          decode: null,
        },
        ceiling: {
          available: false,
          reason: 'measured by an earlier lab',
          messages_per_s: null,
          ratio: null,
        },
      },
    );
    const { markdown, files } = renderReport(makeResult([old]));
    expect([...files.keys()]).toEqual(['latency.svg', 'series.svg']);
    expect(markdown).toContain(
      'Not drawn, because no cell has the figures: completion, staleness, stages.',
    );
    expect(markdown).toContain(
      'Not measured in this result: last client p50 / p90 / p99 / max, skew p50 / p99',
    );
    expect(markdown).toContain('extent max / mean, n-reordered 1 / 2 / 3');
    expect(markdown).toContain('Bare socket: measured by an earlier lab');
    expect(markdown).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test('a stage below zero has no bar, and its value in the table', () => {
    const cell = makeCell();
    const skewed = { ...cell, stages_us: { ...cell.stages_us, network: -12 } };
    const { markdown, files } = renderReport(makeResult([skewed]));
    expect(rowOf(markdown, 'Where the time goes', 'tcp/line-json')).toMatch(/\| +-12\.0 µs \|/);
    expect(files.get('stages.svg')).not.toMatch(/width="-/);
  });
});
