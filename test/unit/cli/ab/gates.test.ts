import { describe, expect, it } from 'vitest';
import { analyse } from '../../../../bench/ab/analyse.js';
import type { AbDocument } from '../../../../bench/ab/document.js';
import type { ComparedName } from '../../../../bench/metric-catalogue.js';
import type { CellResult } from '../../../../bench/result/result.js';
import { exitCodeOf, refuseIdleGate, whyIdle } from '../../../../cli/ab/gates.js';
import { codeOf } from '../../../support/core/code-of.js';
import { armCells, PAIR, twice } from '../../../support/result/blocks.js';
import { spread } from '../../../support/result/repeated.js';

/** Only what a gate looks at. */
function of(a: readonly CellResult[], b: readonly CellResult[]): AbDocument {
  const comparison = analyse([PAIR], a, b, { margin: 0.02, metrics: ['p99'] });
  return { comparison, incomplete: false, blocks_planned: 10, arms: [] } as unknown as AbDocument;
}

const p99 = (from: number, blocks: number): CellResult[] =>
  armCells(twice(spread(from, 1, blocks)).map((value) => ({ p99: value })));

describe('--fail-on worse', () => {
  // 2 ÷ 2^n, the smallest p of n blocks, times the tests must be below 0.05.
  it.each([
    [1, ['p99'], 6],
    [1, ['p99', 'loss'], 7],
    [1, ['p50', 'p99', 'goodput', 'loss', 'cpu', 'completion', 'staleness'], 9],
    [3, ['p50', 'p99'], 8],
  ] as [number, ComparedName[], number][])(
    'of %i cells and metrics %j takes %i blocks, and is refused with fewer',
    (positions, metrics, needed) => {
      expect(whyIdle(positions, needed, metrics)).toBeNull();
      const act = () => refuseIdleGate(['worse'], positions, needed - 1, metrics);
      expect(codeOf(act)).toBe('LAB_ERR_NO_EFFECT');
      expect(() => refuseIdleGate(['inconclusive'], positions, 2, metrics)).not.toThrow();
    },
  );

  it('fails on a metric that is worse, and passes one that is not', () => {
    expect(exitCodeOf(of(p99(1_000, 6), p99(2_000, 6)), ['worse'])).toBe(99);
    expect(exitCodeOf(of(p99(2_000, 6), p99(1_000, 6)), ['worse'])).toBe(0);
  });

  it('does not pass where so many blocks are left out that it could not have failed', () => {
    const few = of(p99(1_000, 5), p99(2_000, 5));
    expect(codeOf(() => exitCodeOf(few, ['worse']))).toBe('LAB_ERR_NO_EFFECT');
    expect(exitCodeOf(few, [])).toBe(0);
    expect(exitCodeOf(few, ['inconclusive'])).toBe(99);
  });
});

it('--fail-on missing fails where a run of B lacks the figure', () => {
  const gone = p99(1_000, 6).map((cell) => ({
    ...cell,
    latency_us: { ...cell.latency_us, p99: null },
  }));
  expect(exitCodeOf(of(p99(1_000, 6), gone), ['missing'])).toBe(99);
  expect(exitCodeOf(of(p99(1_000, 6), p99(1_000, 6)), ['missing'])).toBe(0);
});
