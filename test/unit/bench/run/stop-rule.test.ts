import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CI_METRICS,
  decide,
  type Goal,
  relativeHalfWidth,
  valuesByCell,
} from '../../../../bench/run/stop-rule.js';
import { makeCell, withStamps } from '../../../support/result/cell-factory.js';
import { LEDGER_OPEN } from '../../../support/result/result-factory.js';

const GOAL: Goal = { ci: 0.05, minRuns: 5, maxRuns: 20, seed: 1 };
const steady = [100, 101, 99, 100, 102];
const restless = [100, 150, 60, 90, 130];

describe('whether there are enough runs', () => {
  it('goes on until there are as many as an interval needs, however alike they are', () => {
    expect(decide([[100, 100, 100, 100]], GOAL)).toBe('go on');
    expect(decide([[100, 100, 100, 100, 100]], GOAL)).toBe('reached');
  });

  it('is enough only when every cell is known well enough', () => {
    expect(decide([steady], GOAL)).toBe('reached');
    expect(decide([steady, restless], GOAL)).toBe('go on');
    expect(decide([steady, restless], { ...GOAL, ci: 0.5 })).toBe('reached');
  });

  it('ends at the limit, and then says that it is the limit unless the aim is reached just then', () => {
    expect(decide([steady, restless], { ...GOAL, maxRuns: 5 })).toBe('limit');
    expect(decide([steady], { ...GOAL, maxRuns: 5 })).toBe('reached');
    expect(decide([[100, 100]], { ...GOAL, minRuns: 2, maxRuns: 2 })).toBe('reached');
  });

  it('a run without a value counts as a run made, not as a value known', () => {
    expect(decide([[100, 100, null, 100, 100]], GOAL)).toBe('go on');
    expect(decide([[100, 100, null, 100, 100, 100]], GOAL)).toBe('reached');
  });

  it('does not run to the limit for cells that never have a value, but never calls that reached', () => {
    const silent = Array.from({ length: 5 }, () => null);
    expect(decide([steady, silent], GOAL)).toBe('limit');
    expect(decide([restless, silent], GOAL)).toBe('go on');
    expect(decide([steady, [...silent.slice(1), 7]], GOAL)).toBe('go on');
  });

  it('the same values and seed give the same decision, and one beyond the limit never goes on', () => {
    const cell = fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 3 }), (cells) => {
        const goal = { ...GOAL, maxRuns: 8 };
        const full = cells.map((values) => [
          ...values,
          ...Array<null>(8 - values.length).fill(null),
        ]);
        expect(decide(cells, goal)).toBe(decide(cells, goal));
        expect(decide(full, goal)).not.toBe('go on');
      }),
      { numRuns: 25 },
    );
  });
});

describe('the half-width of an interval', () => {
  it('is half of what the interval spans, as a share of the median', () => {
    // Of five values the bootstrap interval of the median is their range: P(median of a draw =
    // smallest) = 5.8 % > 2.5 %.
    expect(relativeHalfWidth(steady, GOAL)).toBeCloseTo((102 - 99) / 2 / 100, 12);
  });

  it('is nothing for equal values, noughts too, and is not known around a median of nought', () => {
    expect(relativeHalfWidth([0, 0, 0, 0, 0], GOAL)).toBe(0);
    expect(relativeHalfWidth([0, 0, 0, 5, 5], GOAL)).toBeNull();
    expect(relativeHalfWidth([1, 2, 3, null, null], GOAL)).toBeNull();
  });
});

describe('the values of the cells', () => {
  const ofRun = (transport: string, run: number, reasons = {}) => ({
    ...makeCell({ transport, run, seconds: 1, ...reasons }),
    id: `${transport}/x#${run}`,
  });

  it('are gathered by cell over the runs, in whatever order they were measured', () => {
    const cells = [ofRun('udp', 1), ofRun('tcp', 1), ofRun('tcp', 2), ofRun('udp', 2)];
    const values = valuesByCell(cells, 'p99');
    expect([...values.keys()].sort()).toEqual(['tcp/x', 'udp/x']);
    expect(values.get('tcp/x')).toEqual([cells[1], cells[2]].map((cell) => cell!.latency_us.p99));
  });

  it('of a run that is INVALID, cut short or without a delivery are none', () => {
    const cells = [
      ofRun('tcp', 1, { reasons: [LEDGER_OPEN] }),
      { ...ofRun('tcp', 2), incomplete: true },
      { ...ofRun('tcp', 3), delivered: 0 },
      ofRun('tcp', 4),
    ];
    expect(valuesByCell(cells, 'goodput').get('tcp/x')).toEqual([null, null, null, 100_000]);
  });

  it.each(CI_METRICS)('%s is a figure of a sound cell', (metric) => {
    const [values] = valuesByCell([withStamps(ofRun('tcp', 1))], metric).values();
    expect(values?.[0]).toBeGreaterThan(0);
  });

  it('of latencies that end elsewhere than most are none, for no median is of both', () => {
    const cells = [1, 2, 3].map((run) => ofRun('tcp', run));
    const mixed = [withStamps(cells[0]!), cells[1]!, withStamps(cells[2]!)];
    const p99 = cells[0]!.latency_us.p99;
    expect(valuesByCell(mixed, 'p99').get('tcp/x')).toEqual([p99, null, mixed[2]!.latency_us.p99]);
    const mostly = [cells[0]!, withStamps(cells[1]!), cells[2]!];
    expect(valuesByCell(mostly, 'p99').get('tcp/x')?.[1]).toBeNull();
    // As many of the one as of the other: by arrival, as transports are compared.
    expect(valuesByCell(mixed.slice(0, 2), 'goodput').get('tcp/x')).toEqual([100_000, null]);
  });
});
