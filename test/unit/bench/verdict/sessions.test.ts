/** `lab compare` with several files a side: the session is the sample. */
import { describe, expect, it } from 'vitest';
import { compareResults, compareSides } from '../../../../bench/compare/compare.js';
import type { Comparison, MetricComparison } from '../../../../bench/compare/comparison.js';
import { FEWEST_SESSIONS } from '../../../../bench/compare/decide.js';
import { comparisonNotes } from '../../../../reports/text/compare-format.js';
import { codeOf } from '../../../support/core/code-of.js';
import { withStamps } from '../../../support/result/cell-factory.js';
import { makeRepeated, makeRuns, spread } from '../../../support/result/repeated.js';

type Sessions = { name: string; result: ReturnType<typeof makeRepeated> }[];

/** A session for each number, whose runs scatter by a few µs around it. */
function sessions(from: number, medians: readonly (number | null)[]): Sessions {
  return medians.map((middle, i) => {
    const p50s = middle === null ? [null, 900, 901] : spread(middle - 1, 1, 3);
    const result = makeRepeated(from + i, makeRuns(p50s.map((p50) => ({ p50 }))));
    return { name: `${from + i}.json`, result };
  });
}

function p50Of({ candidates }: Comparison): MetricComparison {
  return candidates[0]!.cells[0]!.metrics.find(({ metric }) => metric === 'p50')!;
}

const five = spread(1000, 10, 5);
const faster = five.map((p50) => p50 / 2);

describe('a session', () => {
  it('is one value, the median over its runs, whatever their number', () => {
    const comparison = compareSides([sessions(0, five), sessions(10, faster)]);
    expect(comparison).toMatchObject({ sample: 'session', detectable: true, needed_to_detect: 5 });
    expect(p50Of(comparison)).toMatchObject({
      reference: { values: 5, median: 1020 },
      candidate: { values: 5, median: 510 },
      verdict: 'better',
      reason: null,
    });
    expect(comparison.candidates[0]!.cells[0]!.reference_runs).toMatchObject({
      sessions: 5,
      usable: 15,
    });
  });

  it('whose latencies count to the arrival is not set against one of receipts', () => {
    const arrivals = (all: Sessions): Sessions =>
      all.map(({ name, result }) => ({
        name,
        result: { ...result, cells: result.cells.map((cell) => withStamps(cell)) },
      }));
    const [receipts, arrived] = [sessions(0, five), arrivals(sessions(10, faster))];
    expect(p50Of(compareSides([receipts, arrived]))).toMatchObject({
      verdict: 'inconclusive',
      reason: 'ARRIVAL_AND_RECEIPT',
      p: null,
      candidate: { values: 5 },
    });
    // Among those of one side it is left out, and the others are the sample.
    const mixed = compareSides([
      sessions(0, five),
      [...sessions(10, faster), ...arrivals(sessions(20, [1]))],
    ]);
    expect(p50Of(mixed)).toMatchObject({ verdict: 'better', candidate: { values: 5 } });
    expect(mixed.candidates[0]!.cells[0]!.candidate_runs).toMatchObject({
      sessions: 5,
      other_latency: 3,
    });
  });

  it('has a label of its own, in which its number is', () => {
    const { reference, candidates } = compareSides([sessions(0, five), sessions(10, [500])]);
    expect(reference.sessions.map(({ label }) => label)).toEqual(['A1', 'A2', 'A3', 'A4', 'A5']);
    expect(candidates[0]!.side).toMatchObject({ label: 'B', sessions: [{ label: 'B' }] });
  });

  it('is not there without a usable run of the cell', () => {
    const none = { name: 'x', result: makeRepeated(20, makeRuns([{ status: 'INVALID' }])) };
    const comparison = compareSides([[...sessions(0, five), none], sessions(10, faster)]);
    expect(p50Of(comparison).reference.values).toBe(5);
    expect(comparison.candidates[0]!.cells[0]!.reference_runs).toMatchObject({
      sessions: 5,
      invalid: 1,
    });
  });

  it('lacks a figure that one of its runs lacks, and then nothing is compared', () => {
    const comparison = compareSides([sessions(0, [...five, null]), sessions(10, faster)]);
    expect(p50Of(comparison)).toMatchObject({ verdict: 'inconclusive', reason: 'NOT_MEASURED' });
  });

  it('counts once: the same run twice on a side is refused', () => {
    const [one] = sessions(0, [1000]);
    const act = () => compareSides([[one!, { ...one!, name: 'copy' }], sessions(10, faster)]);
    expect(codeOf(act)).toBe('LAB_ERR_BAD_VALUE');
    expect(act).toThrow("'copy' and '0.json' are the same run");
  });
});

describe('few sessions', () => {
  it.each([
    [1, 1],
    [1, 9],
    [2, 2],
  ])('%i against %i claim nothing, however large the difference', (n, m) => {
    const comparison = compareSides([
      sessions(0, spread(1000, 1, n)),
      sessions(10, spread(10, 1, m)),
    ]);
    expect(comparison.totals).toEqual({ better: 0, worse: 0, equivalent: 0, inconclusive: 5 });
    expect(comparison.detectable).toBe(false);
    expect(p50Of(comparison)).toMatchObject({
      reason: 'TOO_FEW_SESSIONS',
      p: null,
      shift_ci: null,
      needed: 5,
    });
    const [note] = comparisonNotes(comparison, comparison.candidates[0]!);
    expect(note).toContain(`⚠ sessions: ${n} against ${m}: inconclusive`);
    expect(note).toContain(`Measure ${FEWEST_SESSIONS} sessions a side or more (5 for 5 tests)`);
  });

  it('three against three are tested, and no test of three can say better or worse', () => {
    const comparison = compareSides([sessions(0, [1, 2, 3]), sessions(10, [1001, 1002, 1003])]);
    expect(p50Of(comparison)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'TOO_FEW_SESSIONS',
    });
    expect(p50Of(comparison).p).toBeCloseTo(0.1, 12);
    expect(comparisonNotes(comparison, comparison.candidates[0]!)).toContainEqual(
      expect.stringContaining('the sessions are too few: no difference can reach p < 0.05'),
    );
  });

  it('of one metric four are enough', () => {
    const sides = [sessions(0, spread(1000, 1, 4)), sessions(10, spread(500, 1, 4))];
    const comparison = compareSides(sides, { metrics: ['p50'] });
    expect(p50Of(comparison).verdict).toBe('better');
  });

  it('two files of many runs each are two sessions, unless runs are said to be of one', () => {
    const inputs = [1000, 500].map((p50, i) => ({
      name: String(i),
      result: makeRepeated(i, makeRuns(spread(p50, 1, 8).map((value) => ({ p50: value })))),
    }));
    expect(p50Of(compareResults(inputs)).verdict).toBe('inconclusive');
    const told = compareResults(inputs, { sameSession: true });
    expect(told.sample).toBe('run');
    expect(p50Of(told)).toMatchObject({ verdict: 'better', reference: { values: 8 } });
  });
});

it('what differs between many sessions is told once', () => {
  const news = sessions(10, faster).map(({ name, result }) => ({
    name,
    result: { ...result, environment: { ...result.environment, cpu: 'Z80' } },
  }));
  const { warnings } = compareSides([sessions(0, five), news]).candidates[0]!;
  expect(warnings).toHaveLength(1);
  expect(warnings[0]!.message).toBe(
    'cpu is AMD EPYC 7B13 in A1 and Z80 in B1; and so in 4 more of the sessions',
  );
});
