import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../../bench/result/result.js';
import { codeOf } from '../../../support/core/code-of.js';
import { constantIn, readProject, sectionText } from '../../../support/docs/docs.js';
import { withStamps } from '../../../support/result/cell-factory.js';
import { compare, compareCells, compareRuns, metricOf } from '../../../support/result/compared.js';
import {
  makeRepeated,
  makeRuns,
  type RunFigures,
  spread,
} from '../../../support/result/repeated.js';

const p50 = (values: readonly number[]): RunFigures[] => values.map((value) => ({ p50: value }));

describe('the verdict on a metric', () => {
  it('is worse when every run is slower by more than the margin, with all figures that say so', () => {
    const comparison = compareRuns(p50(spread(1000, 2, 8)), p50(spread(1101, 2, 8)));
    expect(comparison.tests).toBe(5);
    expect(metricOf(comparison, 'p50')).toEqual({
      metric: 'p50',
      unit: 'us',
      better: 'lower',
      reference: { values: 8, median: 1007 },
      candidate: { values: 8, median: 1108 },
      shift: 101,
      // The 14th smallest and largest of 64 differences 101 + 2·(j − i), which occur 8 − |j − i|
      // times.
      shift_ci: { low: 95, high: 107 },
      margin: 50.35,
      method: 'exact',
      p: expect.closeTo(2 / 12_870, 12),
      p_adjusted: expect.closeTo(10 / 12_870, 12),
      verdict: 'worse',
      reason: null,
      needed: null,
    });
  });

  it('is better when they are faster', () => {
    const comparison = compareRuns(p50(spread(1101, 2, 8)), p50(spread(1000, 2, 8)));
    expect(metricOf(comparison, 'p50')).toMatchObject({ verdict: 'better', shift: -101 });
  });

  it.each([
    ['goodput', [80_000, 0.5], 'worse'],
    ['goodput', [120_000, 0.5], 'better'],
    ['loss', [0.01, 0.0001], 'worse'],
    ['cpu', [1.5, 0.001], 'better'],
  ] as const)('knows which way is better: %s %j is %s', (name, [from, step], verdict) => {
    const usual = {
      goodput: spread(100_000, 1, 8),
      loss: spread(0, 1e-6, 8),
      cpu: spread(2, 0.001, 8),
    };
    const before = usual[name].map((value) => ({ [name]: value }));
    const after = spread(from, step, 8).map((value) => ({ [name]: value }));
    expect(metricOf(compareRuns(before, after), name)).toMatchObject({ verdict });
  });

  it('is equivalent when the interval lies within the margin, however sure the difference is', () => {
    const metric = metricOf(compareRuns(p50(spread(1000, 1, 8)), p50(spread(1020.5, 1, 8))), 'p50');
    expect(metric).toMatchObject({ verdict: 'equivalent', reason: null, needed: null });
    expect(metric.p_adjusted).toBeLessThan(0.05);
  });

  it('is inconclusive across the margin, and says how many runs it would take', () => {
    const metric = metricOf(compareRuns(p50(spread(1000, 20, 6)), p50(spread(1041, 20, 6))), 'p50');
    expect(metric).toMatchObject({ verdict: 'inconclusive', reason: 'WIDE_INTERVAL' });
    expect(metric.needed).toBeGreaterThan(6);
  });

  it('takes the margin it is given', () => {
    const [before, after] = [p50(spread(1000, 1, 8)), p50(spread(1020.5, 1, 8))];
    expect(metricOf(compareRuns(before, after, { margin: 0.01 }), 'p50').verdict).toBe('worse');
    expect(metricOf(compareRuns(before, after, { margin: 0.02 }), 'p50').verdict).toBe(
      'inconclusive',
    );
  });

  it('does not call a difference what is below the grain of the figure', () => {
    // 1 µs is the clock's grain, and 0.01 % is what the ledger may leave unexplained.
    expect(
      metricOf(compareRuns(p50([3, 3, 3, 3, 3, 3]), p50([4, 4, 4, 4, 4, 4])), 'p50').verdict,
    ).toBe('equivalent');
    const losing = spread(0.00001, 0.00001, 6).map((loss) => ({ loss }));
    expect(metricOf(compareRuns(new Array(6).fill({}), losing), 'loss').verdict).toBe('equivalent');
  });

  it('is equivalent for loss 0 against loss 0, with p = 1', () => {
    const metric = metricOf(compareRuns([{}, {}], [{}, {}, {}]), 'loss');
    expect(metric).toMatchObject({
      verdict: 'equivalent',
      reason: 'ALL_EQUAL',
      shift: 0,
      p: 1,
      p_adjusted: 1,
    });
  });

  it('is worse for loss that was not there before, though 5 % of nothing is nothing', () => {
    const losing = spread(0.01, 0.001, 8).map((loss) => ({ loss }));
    expect(metricOf(compareRuns(new Array(8).fill({}), losing), 'loss')).toMatchObject({
      verdict: 'worse',
      method: 'exact',
    });
  });
});

describe('arrival and receipt', () => {
  const received = makeRuns(p50(spread(1000, 1, 8)));
  const arrived = makeRuns(p50(spread(2000, 1, 8))).map((cell) => withStamps(cell));

  it('are not compared in what counts to them, and all else is', () => {
    const comparison = compareCells(received, arrived);
    for (const name of ['p50', 'p99'] as const) {
      expect(metricOf(comparison, name)).toMatchObject({
        verdict: 'inconclusive',
        reason: 'ARRIVAL_AND_RECEIPT',
        ...{ shift: null, shift_ci: null, p: null, p_adjusted: null, needed: null },
        candidate: { values: 8 },
      });
    }
    expect(metricOf(comparison, 'p50').candidate.median).toBe(2003.5);
    expect(metricOf(comparison, 'goodput').verdict).toBe('equivalent');
    // Neither do they count as tests that more runs could settle.
    expect(comparison.tests).toBe(3);
  });

  it('alike are compared, and the receipt of both on request', () => {
    const slower = makeRuns(p50(spread(1200, 1, 8))).map((cell) => withStamps(cell));
    const faster = makeRuns(p50(spread(1000, 1, 8))).map((cell) => withStamps(cell));
    expect(metricOf(compareCells(faster, slower), 'p50').verdict).toBe('worse');
    const asked = compareCells(received, arrived, { metrics: ['receipt'] });
    expect(asked.candidates[0]!.cells[0]!.metrics).toMatchObject([
      { metric: 'receipt', reference: { values: 8, median: 4000 }, p: expect.any(Number) },
    ]);
  });

  it('within one cell: the runs that are fewer are left out, and counted', () => {
    const mixed = received.map((cell, i) => (i < 3 ? withStamps(cell) : cell));
    const { reference_runs } = compareCells(mixed, received).candidates[0]!.cells[0]!;
    expect(reference_runs).toEqual({
      sessions: 1,
      usable: 5,
      suspect: 0,
      invalid: 0,
      incomplete: 0,
      other_latency: 3,
    });
  });
});

describe('too little data', () => {
  it('one run each is inconclusive, whatever it shows', () => {
    const comparison = compareRuns([{ p50: 1000 }], [{ p50: 9000 }]);
    for (const metric of comparison.candidates[0]!.cells[0]!.metrics) {
      expect(metric).toMatchObject({
        verdict: 'inconclusive',
        reason: 'SINGLE_RUN',
        p: null,
        shift_ci: null,
      });
    }
    expect(comparison).toMatchObject({ tests: 0, detectable: false });
    expect(metricOf(comparison, 'p50')).toMatchObject({ shift: 8000, needed: 5 });
  });

  it('three runs each have no interval', () => {
    const metric = metricOf(compareRuns(p50([1000, 1001, 1002]), p50([9000, 9001, 9002])), 'p50');
    // 2 ÷ C(2n, n) × 5 tests is below 0.05 from 5 runs on: 10 / 252 after 10 / 70.
    expect(metric).toMatchObject({
      verdict: 'inconclusive',
      reason: 'TOO_FEW_RUNS',
      needed: 5,
    });
  });

  it('four runs each have an interval, but five tests leave no p below 0.05: five runs can', () => {
    const four = compareRuns(p50(spread(1000, 1, 4)), p50(spread(9000, 1, 4)));
    expect(four).toMatchObject({ detectable: false, needed_to_detect: 5 });
    expect(metricOf(four, 'p50')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'TOO_FEW_RUNS',
      p_adjusted: expect.closeTo(10 / 70, 12),
      needed: 5,
    });
    const five = compareRuns(p50(spread(1000, 1, 5)), p50(spread(9000, 1, 5)));
    expect(five.detectable).toBe(true);
    expect(metricOf(five, 'p50').verdict).toBe('worse');
  });

  it('fewer metrics are fewer tests', () => {
    const options = { metrics: ['p50'] } as const;
    const comparison = compareRuns(p50(spread(1000, 1, 4)), p50(spread(9000, 1, 4)), options);
    expect(comparison).toMatchObject({ tests: 1, detectable: true, totals: { worse: 1 } });
    expect(metricOf(comparison, 'p50').p_adjusted).toBeCloseTo(2 / 70, 12);
  });

  it('a figure that a run lacks is not compared, one that is not tracked is not mentioned', () => {
    const before = [...p50(spread(1000, 1, 7)), { p50: null }];
    const comparison = compareRuns(before, p50(spread(2000, 1, 8)));
    expect(metricOf(comparison, 'p50')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'NOT_MEASURED',
      reference: { values: 7, median: null },
      shift: null,
      needed: null,
    });
    expect(metricOf(comparison, 'staleness')).toBeUndefined();
  });

  it('the p99 of survivors is not compared: 2 % are missing, more than a p99 leaves out', () => {
    const lossy = new Array(8).fill({ loss: 0.02 });
    const comparison = compareRuns(lossy, lossy);
    expect(metricOf(comparison, 'p99')).toMatchObject({
      reason: 'NOT_MEASURED',
      candidate: { values: 0 },
    });
    expect(metricOf(compareRuns(new Array(8).fill({}), lossy), 'p99').reason).toBe('NOT_MEASURED');
    expect(metricOf(comparison, 'p50').verdict).toBe('equivalent');
  });

  it('a clear difference that many tests leave insignificant needs some more runs', () => {
    // One value of each side lies among the other's: p is not the smallest there is.
    const before = p50([1000, 1001, 1002, 1003, 1004, 1005, 1300]);
    const after = p50([1295, 1301, 1302, 1303, 1304, 1305, 1306]);
    const others = spread(0, 1, 12).map((i) =>
      makeRuns(new Array(7).fill({}), { clients: 200 + i }),
    );
    const comparison = compareCells(
      [...makeRuns(before), ...others.flat()],
      [...makeRuns(after), ...others.flat()],
    );
    expect(comparison.tests).toBe(65);
    const metric = metricOf(comparison, 'p50');
    expect(metric).toMatchObject({ verdict: 'inconclusive', needed: 8 });
    expect(metric.p).toBeLessThan(0.05);
    expect(metric.p_adjusted).toBeGreaterThan(0.05);
  });
});

describe('runs and cells', () => {
  it('an INVALID or interrupted run is left out and counted, a SUSPECT one is used and counted', () => {
    const before = makeRuns(spread(1000, 1, 8).map((value) => ({ p50: value })));
    const spoiled = makeRuns([
      { p50: 1, status: 'INVALID' },
      { p50: 1001, status: 'SUSPECT' },
      { p50: 1002 },
    ]);
    const cut = makeRuns([{ p50: 2 }], { incomplete: true });
    const [cell] = compareCells(before, [...spoiled, ...cut]).candidates[0]!.cells;
    expect(cell).toMatchObject({
      reference_runs: { sessions: 1, usable: 8, suspect: 0, invalid: 0, incomplete: 0 },
      candidate_runs: { sessions: 1, usable: 2, suspect: 1, invalid: 1, incomplete: 1 },
    });
    expect(cell!.metrics[0]!.candidate).toEqual({ values: 2, median: 1001.5 });
  });

  it('a cell that one side cannot use has no metrics', () => {
    const good = makeRuns(new Array(4).fill({}), { transport: 'udp' });
    const comparison = compareCells(
      [...makeRuns([{}, {}]), ...good],
      [...makeRuns([{ status: 'INVALID' }, { status: 'INVALID' }]), ...good],
    );
    expect(comparison.candidates[0]!.cells.map(({ metrics }) => metrics.length)).toEqual([0, 5]);
  });

  it('cells of other clients, codec or flush are not a match; each is listed with what is nearest to it', () => {
    const shared = makeRuns([{}, {}]);
    const comparison = compareCells(
      [...shared, ...makeRuns([{}], { codec: 'msgpack' })],
      [...shared, ...makeRuns([{}, {}, {}], { codec: 'msgpack', flush: '5 ms' })],
    );
    expect(comparison.candidates[0]!.cells).toHaveLength(1);
    expect(comparison.candidates[0]!.unmatched).toMatchObject([
      { only_in: 'A', codec: 'msgpack', runs: 1, nearest: 'flush 5 ms instead of auto' },
      { only_in: 'B', codec: 'msgpack', runs: 3, nearest: 'flush auto instead of 5 ms' },
    ]);
  });

  it('cells behind one path are not a match where it held another trace', () => {
    const shared = makeRuns([{}, {}]);
    const behind = (sha256: string): CellResult[] =>
      makeRuns([{}], { codec: 'msgpack' }).map((cell) => ({
        ...cell,
        link: 'trace=a.up',
        link_traces: { up: sha256, down: sha256 },
      }));
    const unmatched = (a: string, b: string) =>
      compareCells([...shared, ...behind(a)], [...shared, ...behind(b)]).candidates[0]!.unmatched;
    expect(unmatched('aa', 'aa')).toEqual([]);
    expect(unmatched('aa', 'bb')).toMatchObject([
      { only_in: 'A', nearest: 'trace of the link bb instead of aa' },
      { only_in: 'B', nearest: 'trace of the link aa instead of bb' },
    ]);
  });

  it('each later result is compared with the first, and the correction is over all of them', () => {
    const results = [1000, 1300, 1005].map((from, i) =>
      makeRepeated(i, makeRuns(p50(spread(from, 1, 8)))),
    );
    const comparison = compare(results);
    expect(comparison.candidates.map(({ side }) => side.label)).toEqual(['B', 'C']);
    expect(comparison.candidates.map(({ cells }) => cells[0]!.metrics[0]!.verdict)).toEqual([
      'worse',
      'equivalent',
    ]);
    expect(comparison.tests).toBe(10);
    expect(metricOf(comparison, 'p50').p_adjusted).toBeCloseTo(20 / 12_870, 12);
    expect(comparison.totals).toEqual({ better: 0, worse: 1, equivalent: 9, inconclusive: 0 });
  });

  it.each([
    ['no cell is shared', makeRuns([{}], { clients: 7 })],
    ['every shared cell is INVALID', makeRuns([{ status: 'INVALID' }])],
  ])('nothing to compare is refused: %s', (_, cells) => {
    expect(codeOf(() => compareCells(makeRuns([{}]), cells))).toBe('LAB_ERR_BAD_VALUE');
  });

  it('the refusal says what is different', () => {
    expect(() => compareCells(makeRuns([{}]), makeRuns([{}], { clients: 7 }))).toThrow(
      "'1.json' shares no cell with '0.json' (the nearest has clients 100 instead of 7)",
    );
  });

  it.each([
    [1, 'share one cell, and in it one side has no usable run'],
    [2, 'share 2 cells, and in each of them one side has no usable run'],
  ])('the refusal counts the cells that are shared: %i', (count, said) => {
    const cells = (status: 'VALID' | 'INVALID') =>
      ['tcp', 'udp'].slice(0, count).flatMap((transport) => makeRuns([{ status }], { transport }));
    expect(() => compareCells(cells('VALID'), cells('INVALID'))).toThrow(said);
  });

  it('one result alone is refused', () => {
    expect(codeOf(() => compare([makeRepeated(1, makeRuns([{}]))]))).toBe('LAB_ERR_USAGE');
  });
});

describe('docs/design/methodology.md', () => {
  const prose = sectionText(readProject('docs/design/methodology.md'), 'Comparing runs');

  it.each([
    [
      'bench/compare/decide.ts',
      'DEFAULT_MARGIN',
      (v: number) => `${v * 100} % of A's median (\`--margin\`)`,
    ],
    ['bench/compare/decide.ts', 'ALPHA', (v: number) => `Holm-adjusted p < ${v} `],
    ['bench/compare/decide.ts', 'CONFIDENCE', (v: number) => `Its ${v * 100} % interval`],
    ['bench/metric-catalogue.ts', 'TIME_GRAIN', (v: number) => `${v} µs for times`],
    ['bench/result/ledger.ts', 'UNATTRIBUTED_LIMIT', (v: number) => `${v * 100} % for loss`],
    [
      'src/stats/u-distribution.ts',
      'EXACT_MAX_VALUES',
      (v: number) => `exact for up to ${v} values`,
    ],
  ])('quotes %s, %s', (file, name, said) => {
    expect(prose).toContain(said(constantIn(file, name)!));
  });
});
