import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareResults } from '../../../bench/compare/compare.js';
import { rankCells } from '../../../bench/compare/rank.js';
import { metricOf } from '../../../bench/metric-catalogue.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { summarize } from '../../../reports/text/summary.js';
import { Random, seedState } from '../../../src/random.js';
import { makeRepeated, makeRuns } from '../../support/result/repeated.js';

const TRANSPORTS = ['tcp', 'udp', 'ws'];

const BASE = makeRepeated(1, makeRuns([{}]));

function runsOf(transport: string, p99s: readonly number[]): CellResult[] {
  const [template] = BASE.cells;
  const { latency_us } = template!;
  return p99s.map((p99, i) => ({
    ...template!,
    transport,
    run: i + 1,
    latency_us: { ...latency_us, p99 },
  }));
}

/** One result with this cell only, under a name that all have. */
function alone(name: string, p99s: readonly number[]): { name: string; result: LabResult } {
  return { name, result: { ...BASE, cells: runsOf('tcp', p99s) } };
}

const values = fc
  .tuple(fc.constantFrom(1000, 1030, 1100, 2000), fc.constantFrom(1, 20, 300))
  .chain(([from, width]) =>
    fc.array(fc.integer({ min: from, max: from + width }), { minLength: 1, maxLength: 9 }),
  );

describe('the summary of a run', () => {
  it('names nobody better than another unless lab compare, asked about the two alone, does', () => {
    let named = 0;
    fc.assert(
      fc.property(fc.array(values, { minLength: 2, maxLength: 3 }), (cells) => {
        const byName = new Map(cells.map((p99s, i) => [`${TRANSPORTS[i]}/line-json`, p99s]));
        const runs = cells.flatMap((p99s, i) => runsOf(TRANSPORTS[i]!, p99s));
        const { headline, compared } = summarize({ ...BASE, cells: runs });
        const ranking = compared[0]!.rankings.find(({ metric }) => metric.name === 'p99')!;
        const verdicts = ranking.behind.map(({ candidate }) => {
          const [loser, winner] = [candidate, ranking.best!.candidate].map(
            ({ name }) => byName.get(name)!,
          );
          const inputs = [alone('a', loser!), alone('b', winner!)];
          const { candidates } = compareResults(inputs, { metrics: ['p99'], sameSession: true });
          return candidates[0]!.cells[0]!.metrics[0]!.verdict;
        });
        expect(verdicts.every((verdict) => verdict === 'better')).toBe(true);
        const isWon = ranking.behind.length > 0 && ranking.ties.length === 0;
        expect(headline.includes('had the lowest p99 latency')).toBe(isWon);
        expect(headline.includes('had a lower p99 latency than')).toBe(
          ranking.behind.length > 0 && !isWon,
        );
        if (isWon) named += 1;
      }),
      { numRuns: 150, seed: 5 },
    );
    // The law is not kept by silence.
    expect(named).toBeGreaterThan(5);
  });

  it('of twelve alike names one better than any other in 5 % of runs at most', () => {
    const random = new Random(seedState(9));
    const uniform = (): number => random.nextInt(1_000_000) / 1_000_000;
    // A few µs around zero: 5 % of a median near zero is not a margin, and only statistics stand
    // between noise and a claim.
    const figure = (): number => uniform() + uniform() + uniform() - 1.5;
    const [template] = makeRuns([{}]);
    const cellOf = () => ({
      runs: Array.from({ length: 10 }, () => ({
        ...template!,
        cpu_us_per_delivery: { server: figure(), clients: null },
      })),
    });
    let wrong = 0;
    const trials = 300;
    for (let i = 0; i < trials; i++) {
      const { workloads } = rankCells([Array.from({ length: 12 }, cellOf)], [metricOf('cpu')]);
      if (workloads[0]![0]!.behind.length > 0) wrong += 1;
    }
    expect(wrong / trials).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials));
  });
});
