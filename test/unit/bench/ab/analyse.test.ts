import { describe, expect, it } from 'vitest';
import { AB_MARGIN, analyse } from '../../../../bench/ab/analyse.js';
import { abDocument } from '../../../../bench/ab/assemble.js';
import { type AbComparison, type AbMetric, abSchema } from '../../../../bench/ab/document.js';
import type { AbPlanFile } from '../../../../bench/ab/plan-file.js';
import { USUAL_NAMES } from '../../../../bench/compare/compare.js';
import type { ComparedName } from '../../../../bench/metric-catalogue.js';
import type { CellResult } from '../../../../bench/result/result.js';
import { armCells, PAIR, twice } from '../../../support/result/blocks.js';
import { withLocal } from '../../../support/result/cell-factory.js';
import { makeRepeated, type RunFigures, spread } from '../../../support/result/repeated.js';

function compared(
  a: readonly CellResult[],
  b: readonly CellResult[],
  metrics: readonly ComparedName[] = USUAL_NAMES,
): AbComparison {
  const comparison = analyse([PAIR], a, b, { margin: AB_MARGIN, metrics });
  // No NaN, no infinity, nothing undefined: it survives JSON as it is.
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  return comparison;
}

function metricOf({ cells }: AbComparison, name: ComparedName): AbMetric {
  return cells[0]!.metrics.find(({ metric }) => metric === name)!;
}

const p99 = (values: readonly number[]): RunFigures[] => values.map((value) => ({ p99: value }));

const steady = (count: number) => armCells(p99(spread(1000, 1, count)));

describe('a metric of an A/B', () => {
  it('is worse when it is larger by the same share in every block, whatever the level', () => {
    // The machine becomes five times as slow in the course of the session.
    const levels = spread(1000, 500, 10);
    const comparison = compared(
      armCells(p99(twice(levels))),
      armCells(p99(twice(levels.map((level, i) => level * (1.1 + 0.001 * i))))),
    );
    const metric = metricOf(comparison, 'p99');
    expect(metric).toMatchObject({
      verdict: 'worse',
      reason: null,
      scale: 'ratio',
      better: 'lower',
    });
    expect(metric.change).toBeCloseTo(0.1045, 3);
    expect(metric.change_ci!.low).toBeGreaterThan(0.1);
    expect(metric.p).toBeCloseTo(2 / 2 ** 10, 12);
    expect(metric.p_adjusted).toBeCloseTo(10 / 2 ** 10, 12);
    expect(comparison).toMatchObject({ tests: 5, detectable: true, blocks_to_detect: 8 });
    expect(comparison.totals).toEqual({ better: 0, worse: 1, equivalent: 4, inconclusive: 0 });
  });

  it('is better the other way round, and of goodput the other way again', () => {
    const fast = armCells(
      twice(spread(1000, 1, 8)).map((value) => ({ p99: value, goodput: value })),
    );
    const slow = armCells(
      twice(spread(1200, 1, 8)).map((value) => ({ p99: value, goodput: value })),
    );
    const comparison = compared(slow, fast, ['p99', 'goodput']);
    expect(metricOf(comparison, 'p99').verdict).toBe('better');
    expect(metricOf(comparison, 'goodput').verdict).toBe('worse');
  });

  it('of a steady drift is the same: in ABBA it adds as much to both sides', () => {
    // The places of A and B in ABBA and BAAB, and 3 % more at each place.
    const places = Array.from({ length: 8 }, (_, block) =>
      (block % 2 === 0 ? 'ABBA' : 'BAAB')
        .split('')
        .map((arm, i) => ({ arm, value: 1000 * 1.03 ** (block * 4 + i) })),
    ).flat();
    const of = (arm: string): CellResult[] =>
      armCells(p99(places.filter((one) => one.arm === arm).map(({ value }) => value)));
    const metric = metricOf(compared(of('A'), of('B')), 'p99');
    expect(metric.verdict).toBe('equivalent');
    expect(metric.change).toBeCloseTo(0, 10);
  });

  it('that is a share is compared by its difference, also where it is 0', () => {
    const none = armCells(new Array(16).fill({ loss: 0 }));
    const some = armCells(twice(spread(0.02, 0, 8)).map((loss) => ({ loss })));
    expect(metricOf(compared(none, some), 'loss')).toMatchObject({
      scale: 'difference',
      verdict: 'worse',
      change: expect.closeTo(0.02, 6) as number,
    });
    expect(metricOf(compared(none, none), 'loss')).toMatchObject({
      verdict: 'equivalent',
      reason: 'ALL_EQUAL',
    });
  });

  it('that a run lacks is not compared', () => {
    const a = armCells([{ p99: null }, ...p99(spread(1000, 1, 15))]);
    expect(metricOf(compared(a, armCells(p99(spread(1000, 1, 16)))), 'p99')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'NOT_MEASURED',
      a: null,
      change: null,
      detectable: null,
    });
  });

  it('of noise is inconclusive, and says what would have been told', () => {
    const noisy = [1, 1.3, 0.8, 1.1, 0.9, 1.2, 0.7, 1.05].map((factor) => 1000 * factor);
    const metric = metricOf(
      compared(armCells(p99(twice(noisy))), armCells(p99(twice(noisy.toReversed())))),
      'p99',
    );
    expect(metric).toMatchObject({ verdict: 'inconclusive', reason: 'WIDE_INTERVAL' });
    expect(metric.detectable!).toBeGreaterThan(0.2);
    // More than 1,000.
    expect(metric.blocks_needed).toBeNull();
  });
});

describe('a block', () => {
  it('with an INVALID cell is left out and counted, as is one that was cut short or lacks a cell', () => {
    const a = steady(20);
    const b = steady(19).map((cell, i) => {
      if (i === 0) return { ...cell, verdict: { ...cell.verdict, status: 'INVALID' as const } };
      if (i === 2) return { ...cell, incomplete: true };
      if (i === 5) return { ...cell, verdict: { ...cell.verdict, status: 'SUSPECT' as const } };
      return cell;
    });
    expect(compared(a, b).cells[0]!.blocks).toEqual({
      usable: 7,
      suspect: 1,
      invalid: 1,
      incomplete: 2,
      other_latency: 0,
    });
  });

  it('counts once: five leave no interval, and of one metric six can tell', () => {
    const few = compared(steady(10), armCells(p99(spread(2000, 1, 10))), ['p99']);
    expect(few).toMatchObject({ detectable: false, blocks_to_detect: 6 });
    expect(metricOf(few, 'p99')).toMatchObject({ reason: 'TOO_FEW_BLOCKS', blocks_needed: 6 });
    const more = compared(steady(12), armCells(p99(spread(2000, 1, 12))), ['p99']);
    expect(metricOf(more, 'p99').verdict).toBe('worse');
  });

  it('none: nothing is compared', () => {
    const { cells, tests } = compared([], []);
    expect({ metrics: cells[0]!.metrics, tests }).toEqual({ metrics: [], tests: 0 });
  });
});

it('the feed of both is compared where the load is the same', () => {
  const a = armCells([{}, {}]);
  const other = a.map((cell) => withLocal(cell, { feed_sha256: 'ff'.repeat(32) }));
  const rate = a.map((cell) => ({ ...cell, rate_per_s: 7 }));
  const same = (b: readonly CellResult[]) => compared(a, b).cells[0]!.same_feed;
  expect([same(a), same(other), same(rate)]).toEqual([true, false, null]);
});

it('an arrival is not set against a receipt, and CPU is compared all the same', () => {
  const at = (end: 'arrival' | 'receipt') =>
    armCells(twice(spread(4_000, 1, 10)).map((p99) => ({ p99, cpu: 2 }))).map((cell) => ({
      ...cell,
      latency_at: end,
    }));
  const { cells, tests } = compared(at('arrival'), at('receipt'), ['p50', 'p99', 'cpu']);
  expect(cells[0]!.latency_at).toEqual({ a: 'arrival', b: 'receipt' });
  expect(cells[0]!.metrics.map(({ verdict, reason, change }) => [verdict, reason, change])).toEqual(
    [
      ['inconclusive', 'ARRIVAL_AND_RECEIPT', null],
      ['inconclusive', 'ARRIVAL_AND_RECEIPT', null],
      ['equivalent', 'ALL_EQUAL', 0],
    ],
  );
  expect(tests).toBe(1);
});

it('a block whose latencies end elsewhere than those of most of its side is left out', () => {
  const a = steady(20).map((cell) => ({
    ...cell,
    latency_at: cell.run === 3 ? ('receipt' as const) : ('arrival' as const),
  }));
  const b = steady(20).map((cell) => ({ ...cell, latency_at: 'arrival' as const }));
  const { cells } = compared(a, b, ['p99']);
  expect(cells[0]!.blocks).toMatchObject({ usable: 9, other_latency: 1, incomplete: 0 });
  expect(cells[0]!.metrics[0]!.verdict).toBe('equivalent');
});

describe('the document', () => {
  const plan: AbPlanFile = {
    schema: 'lab-ab-plan/v1',
    started_at: '2026-12-01T00:00:00.000Z',
    command: "lab ab '' ''",
    seed: 1,
    blocks: 2,
    margin: AB_MARGIN,
    metrics: [...USUAL_NAMES],
    arms: (['A', 'B', 'control'] as const).map((label) => ({
      label,
      flags: '',
      command: 'lab run',
      program: null,
      folder: label.toLowerCase(),
    })),
    pairs: [PAIR],
  };
  const result = makeRepeated(1, armCells([{}, {}, {}, {}]), { incomplete: false });
  const options = { margin: AB_MARGIN, metrics: USUAL_NAMES };

  it('keeps its schema, with a control and without', () => {
    for (const arms of [plan.arms, plan.arms.slice(0, 2)]) {
      const results = arms.map(() => result);
      const document = abDocument({ ...plan, arms }, results, options, '1');
      expect(abSchema.parse(document)).toEqual(document);
      expect(document.incomplete).toBe(false);
      expect(document.control === null).toBe(arms.length === 2);
    }
  });

  it('of a session that was killed has what there is, and says that it is not all', () => {
    const killed = { ...result, cells: result.cells.slice(0, 3) };
    const document = abDocument(plan, [result, killed, undefined], options, '1');
    expect(document).toMatchObject({ incomplete: true });
    expect(document.comparison.cells[0]!.blocks).toMatchObject({ usable: 1, incomplete: 1 });
    expect(document.arms[2]).toMatchObject({ cells: 0, version: null });
  });
});
