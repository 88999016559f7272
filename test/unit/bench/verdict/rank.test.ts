import { describe, expect, it } from 'vitest';
import { ALPHA } from '../../../../bench/compare/decide.js';
import { fewestRuns } from '../../../../bench/compare/power.js';
import { rankCells } from '../../../../bench/compare/rank.js';
import { type Metric, metricOf } from '../../../../bench/metric-catalogue.js';
import type { CellResult } from '../../../../bench/result/result.js';
import { RANKED } from '../../../../reports/model/ranking.js';
import { readProject, sectionText } from '../../../support/docs/docs.js';
import { withStamps } from '../../../support/result/cell-factory.js';
import { makeRuns, spread } from '../../../support/result/repeated.js';

const [template] = makeRuns([{}]);

interface Named {
  readonly name: string;
  readonly runs: readonly CellResult[];
}

/** A cell whose runs have these figures of server CPU. */
function cellOf(name: string, values: readonly (number | null)[]): Named {
  const runs = values.map((server) => ({
    ...template!,
    cpu_us_per_delivery: { server, clients: null },
  }));
  return { name, runs };
}

function rank(candidates: readonly Named[], metrics: readonly Metric[] = [metricOf('cpu')]) {
  const { workloads, ...others } = rankCells([candidates], metrics);
  return { ranking: workloads[0]![0]!, ...others };
}

const names = (ranks: readonly { readonly candidate: Named }[]): string[] =>
  ranks.map(({ candidate }) => candidate.name);

describe('ranking the cells of a run', () => {
  it('sets the best median against each of the others, and corrects over all pairs', () => {
    const cells = [
      cellOf('c', spread(3, 0.001, 7)),
      cellOf('a', spread(1, 0.001, 7)),
      cellOf('b', spread(2, 0.001, 7)),
    ];
    const { ranking, tests, runsToDetect } = rank(cells);
    expect(ranking.best).toMatchObject({ candidate: { name: 'a' }, value: 1.003 });
    expect(names(ranking.behind)).toEqual(['b', 'c']);
    expect([ranking.ties, ranking.unranked]).toEqual([[], []]);
    // Three pairs: 3 × 2 ÷ C(2n, n) is 0.086 for four runs and 0.024 for five.
    expect([tests, runsToDetect]).toEqual([3, 5]);
  });

  it('ranks nobody by a latency that counts to the arrival in some and to the receipt in others', () => {
    const runs = (from: number): readonly CellResult[] =>
      makeRuns(spread(from, 1, 8).map((p99) => ({ p99 })));
    const stamped = { name: 'udp', runs: runs(1_000).map((cell) => withStamps(cell)) };
    const plain = { name: 'tcp', runs: runs(9_000) };
    const mixed = rank([stamped, plain], [metricOf('p99')]);
    expect(mixed.ranking).toMatchObject({ best: null, ties: [], behind: [] });
    expect(mixed.ranking.unranked).toEqual([stamped, plain]);
    expect(mixed.tests).toBe(0);
    expect(rank([stamped, plain]).ranking.best).not.toBeNull();
    const alike = { name: 'tcp', runs: plain.runs.map((cell) => withStamps(cell)) };
    expect(names(rank([stamped, alike], [metricOf('p99')]).ranking.behind)).toEqual(['tcp']);
  });

  it('takes as many runs as all pairs that could have been picked need, not only those tested', () => {
    // 15 pairs of six: 30 ÷ C(2n, n) is 0.119 for five runs and 0.032 for six. The five pairs that
    // are tested would do with five runs: 10 ÷ 252 = 0.040.
    const six = (runs: number): Named[] =>
      spread(1, 1, 6).map((from) => cellOf(`${from}`, spread(from, 0.001, runs)));
    const five = rank(six(5));
    expect(five.ranking.behind).toEqual([]);
    expect(five.ranking.ties.map(({ reason, runsNeeded }) => [reason, runsNeeded])).toEqual(
      new Array(5).fill(['TOO_FEW_RUNS', 6]),
    );
    expect(names(rank(six(6)).ranking.behind)).toEqual(['2', '3', '4', '5', '6']);
  });

  it('corrects over the workloads and metrics together', () => {
    const pair = [cellOf('a', spread(1, 0.001, 5)), cellOf('b', spread(2, 0.001, 5))];
    const metrics = [metricOf('cpu'), metricOf('goodput')];
    expect(rankCells([pair], metrics).tests).toBe(2);
    expect(rankCells([pair, pair, pair], metrics).tests).toBe(6);
    expect(rankCells([], metrics)).toMatchObject({ workloads: [], tests: 0 });
  });

  it('knows where more is better', () => {
    const withGoodput = (name: string, from: number): Named => ({
      name,
      runs: makeRuns(spread(from, 1, 6).map((goodput) => ({ goodput }))),
    });
    const cells = [withGoodput('slow', 1000), withGoodput('fast', 2000)];
    const { ranking } = rank(cells, [metricOf('goodput')]);
    expect(ranking.best!.candidate.name).toBe('fast');
    expect(names(ranking.behind)).toEqual(['slow']);
  });

  it('tells what is equivalent from what cannot be told', () => {
    const cells = [
      cellOf('a', spread(1, 0.001, 10)),
      cellOf('same', spread(1.001, 0.001, 10)),
      cellOf('wide', spread(0.8, 0.1, 10)),
    ];
    const { ranking } = rank(cells);
    expect(ranking.ties.map(({ candidate, verdict }) => [candidate.name, verdict])).toEqual([
      ['same', 'equivalent'],
      ['wide', 'inconclusive'],
    ]);
  });

  it('does not rank who lacks the figure in a run, nor a single run beside several', () => {
    const cells = [
      cellOf('a', spread(2, 0.001, 6)),
      cellOf('b', spread(3, 0.001, 6)),
      cellOf('lacks', [...spread(1, 0.001, 5), null]),
      cellOf('single', [1]),
    ];
    const { ranking, tests } = rank(cells);
    expect(ranking.best!.candidate.name).toBe('a');
    expect(names(ranking.behind)).toEqual(['b']);
    expect(ranking.unranked.map(({ name }) => name)).toEqual(['lacks', 'single']);
    expect(tests).toBe(1);
  });

  it('of one run each decides nothing, however far apart', () => {
    const { ranking } = rank([cellOf('a', [1]), cellOf('b', [1000])]);
    expect(ranking.behind).toEqual([]);
    expect(ranking.ties).toMatchObject([{ reason: 'SINGLE_RUN', runsNeeded: 4 }]);
  });

  it('of nobody with a figure has no best', () => {
    const { ranking, tests } = rank([cellOf('a', [null]), cellOf('b', [null])]);
    expect(ranking).toMatchObject({ best: null, ties: [], behind: [] });
    expect(tests).toBe(0);
  });
});

describe('the docs', () => {
  const ofPairs = (cells: number): number =>
    fewestRuns(((cells * (cells - 1)) / 2) * RANKED.length, ALPHA);

  it('say how many runs a clear difference takes with two, four and six pairs', () => {
    // By hand: 6, 36 and 90 tests × 2 ÷ C(2n, n), below 0.05 for n = 5, 7 and 8.
    expect([2, 4, 6].map(ofPairs)).toEqual([5, 7, 8]);
    expect(
      sectionText(readProject('docs/design/methodology.md'), 'Ranking the cells of a run'),
    ).toContain(
      `With two pairs that takes ${ofPairs(2)} runs of each cell for a clear difference to be told, with four ${ofPairs(4)}, with six ${ofPairs(6)}.`,
    );
    expect(readProject('README.md')).toContain(`\`--repeat ${ofPairs(4)}\` can tell a clear`);
    expect(readProject('docs/guide/choosing.md')).toContain(
      '10 of each cell do for a clear difference',
    );
    expect(ofPairs(12)).toBeLessThanOrEqual(10);
  });
});
