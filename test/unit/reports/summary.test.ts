import { describe, expect, test } from 'vitest';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { summarize } from '../../../reports/text/summary.js';
import { makeCell, withLocal } from '../../support/result/cell-factory.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import { makeRuns, type RunFigures, spread } from '../../support/result/repeated.js';
import { LEDGER_OPEN, makeResult, SMALL_BUFFER } from '../../support/result/result-factory.js';

const RUNS = 10;

/** `count` runs of which each is 1 ‰ above the one before. */
function p99s(from: number, count = RUNS): RunFigures[] {
  return spread(from, from / 1000, count).map((p99) => ({ p99 }));
}

/** `count` runs that all have the same figures. */
function same(figures: RunFigures = {}, count = RUNS): RunFigures[] {
  return Array.from({ length: count }, () => figures);
}

function runsOf(
  transport: string,
  figures: readonly RunFigures[],
  overrides: Partial<CellResult> = {},
): CellResult[] {
  return makeRuns(figures, { transport }).map((cell) => ({ ...cell, ...overrides }));
}

/** Two cells that differ in nothing but their p99. */
function duel(tcp: readonly RunFigures[], udp: readonly RunFigures[]): LabResult {
  return makeResult([...runsOf('tcp', tcp), ...runsOf('udp', udp)]);
}

describe('a summary of ten runs', () => {
  test('names the winner, its figure and the ratio to the next', () => {
    // Medians of ten runs 1 ‰ apart: 1.0045 times the first.
    expect(summarize(duel(p99s(2520), p99s(1200))).headline).toBe(
      'With 100 clients × 1,000 msg/s × 128 B, udp/line-json had the lowest p99 latency, 1.21 ms; next is tcp/line-json with 2.53 ms (2.10×). All delivered every message. All are equivalent in server CPU (2.00 µs) and IP bytes (131 B). Figures are medians over the runs.',
    );
  });

  test('calls a difference well within 5 % equivalent, and one across 5 % none that can be told', () => {
    expect(summarize(duel(p99s(1000), p99s(1020))).headline).toContain(
      'All are equivalent in p99 latency (1.00 to 1.02 ms), server CPU (2.00 µs) and IP bytes (131 B)',
    );
    const wide = spread(900, 30, RUNS).map((p99) => ({ p99 }));
    const { headline, changes } = summarize(duel(p99s(1000), wide));
    expect(headline).toContain(
      'No difference is shown in p99 latency (1.00 to 1.03 ms, wide interval)',
    );
    expect(changes.join('\n')).toMatch(
      /Run each cell (\d+) times to settle p99 latency \(`--repeat \1`\)\./,
    );
  });

  test('of three says which the best is better than, and which it cannot be told from', () => {
    const wide = spread(900, 30, RUNS).map((p99) => ({ p99 }));
    const cells = [
      ...runsOf('tcp', p99s(1000)),
      ...runsOf('udp', p99s(3000)),
      ...runsOf('ws', wide),
    ];
    const { headline, compared } = summarize(makeResult(cells));
    expect(headline).toContain(
      'tcp/line-json had a lower p99 latency than udp/line-json, 1.00 ms against 3.01 ms; it is not separated from ws/line-json: wide interval.',
    );
    expect(headline).not.toContain('lowest p99');
    // Three pairs of three cells, six metrics.
    expect(summarize(makeResult(cells)).trust[0]).toContain('Holm-corrected over 18 pairs');
    expect(compared[0]!.rankings[0]!.behind).toHaveLength(1);
  });

  test('never lets an INVALID cell win, and says that it was left out', () => {
    const result = makeResult([
      ...runsOf('tcp', p99s(2000)),
      ...runsOf('ws', p99s(3000)),
      ...runsOf('udp', p99s(10), { verdict: { status: 'INVALID', reasons: [LEDGER_OPEN] } }),
    ]);
    const { headline, trust } = summarize(result);
    expect(headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(headline).not.toContain('udp');
    expect(headline).toContain('10 of 30 cells do not count: not VALID, or cut short');
    expect(trust.join('\n')).toContain(
      'The ranking is of VALID cells only and leaves out ✘ INVALID udp/line-json (runs 1–10)',
    );
  });

  test('never lets a SUSPECT cell win: only VALID ones rank, and what was left out is said', () => {
    const verdict = { status: 'SUSPECT' as const, reasons: [SMALL_BUFFER] };
    const udp = runsOf('udp', p99s(1000), { verdict });
    const cells = [...runsOf('tcp', p99s(2000)), ...runsOf('ws', p99s(3000)), ...udp];
    const { headline, trust, changes } = summarize(makeResult(cells));
    expect(headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(headline).toContain('10 of 30 cells do not count: not VALID, or cut short.');
    expect(trust).toContain(
      'The ranking is of VALID cells only and leaves out ⚠ SUSPECT udp/line-json (runs 1–10).',
    );
    expect(changes).toContain(
      'Clear the warnings of ⚠ SUSPECT udp/line-json: the verdicts say what to change.',
    );
  });

  test('ranks nothing where no cell is VALID', () => {
    const verdict = { status: 'SUSPECT' as const, reasons: [SMALL_BUFFER] };
    const [bad, ...others] = runsOf('tcp', p99s(2000), { verdict });
    const cells = [
      ...runsOf('udp', p99s(1000), { verdict }),
      { ...bad!, verdict: { ...verdict, status: 'INVALID' as const } },
      ...others,
    ];
    const { headline, compared } = summarize(makeResult(cells));
    expect(headline).toBe(
      'Nothing is ranked: of 20 cells 19 are SUSPECT and 1 is INVALID, and only VALID ones rank. The verdicts below say why and what to do.',
    );
    expect(compared).toEqual([]);
  });

  test('says of a winner that it competes with a selection of its runs', () => {
    const [first, ...others] = runsOf('udp', p99s(1000));
    const cells = [...runsOf('tcp', p99s(2000)), { ...first!, incomplete: true }, ...others];
    expect(summarize(makeResult(cells)).headline).toContain(
      'udp/line-json (9 of 10 runs) had the lowest p99 latency',
    );
  });

  test('does not rank a pair of which one run is left, and says so', () => {
    const [one, ...others] = runsOf('ws', p99s(10));
    const broken = others.map((cell) => ({ ...cell, incomplete: true }));
    const cells = [...runsOf('tcp', p99s(2000)), ...runsOf('udp', p99s(3000)), one!, ...broken];
    const { headline, trust } = summarize(makeResult(cells));
    expect(headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(trust.join('\n')).toContain(
      'ws/line-json is not ranked by p99 latency: it has one VALID run, others have more',
    );
  });

  test('names who delivered everything when another did not, and by how much', () => {
    const losing = same({ loss: 0.0031 });
    expect(summarize(duel(same(), losing)).headline).toContain(
      'tcp/line-json alone delivered every message; next is udp/line-json with 0.31 % missing.',
    );
  });

  test('finds no difference in delivery below the 0.01 % that a ledger may leave open', () => {
    const { headline } = summarize(duel(same(), same({ loss: 0.000099 })));
    expect(headline).toContain('delivery (0 to 0.010 % missing)');
    expect(headline).toContain('equivalent');
    expect(headline).not.toContain('alone');
  });

  test('ranks no p99 of a cell that lost more than the 1 % this percentile leaves out', () => {
    const cells = [
      ...runsOf('tcp', p99s(2000)),
      ...runsOf('ws', p99s(3000)),
      ...runsOf('udp', same({ p99: 10, loss: 0.02 })),
    ];
    const { headline, trust } = summarize(makeResult(cells));
    expect(headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(trust.join('\n')).toContain(
      'udp/line-json is not ranked by p99 latency: 2.00 % of its messages',
    );
  });

  test('counts the wins over several workloads', () => {
    const cells = [10, 20].flatMap((clients) => [
      ...makeRuns(p99s(2000), { clients }),
      ...makeRuns(p99s(1000), { clients, transport: 'udp' }),
    ]);
    const { headline } = summarize(makeResult(cells));
    expect(headline).toContain('Over 2 workloads: lowest p99 latency: udp/line-json in all 2;');
    expect(headline).toContain('least server CPU per delivery: equivalent in all 2;');
  });

  test('says when another percentile has another winner', () => {
    const tcp = spread(1, 0.001, RUNS).map((by) => ({ p50: 500 * by, p99: 3000 * by }));
    const udp = spread(1, 0.001, RUNS).map((by) => ({ p50: 900 * by, p99: 2000 * by }));
    expect(summarize(duel(tcp, udp)).changes.join('\n')).toContain(
      'tcp/line-json had the lowest p50 latency',
    );
  });
});

describe('a summary of too few runs', () => {
  test('of one run each states the figures, ranks nothing, and says what would', () => {
    const { headline, trust, changes, rankingCommand } = summarize(
      duel([{ p99: 1000, cpu: 1 }], [{ p99: 9000, cpu: 2 }]),
    );
    // One pair and six metrics: 2 ÷ C(2n, n) × 6 is below 0.05 from five runs on (12 / 252).
    expect(headline).toBe(
      'With 100 clients × 1,000 msg/s × 128 B, one run each: p99 latency 1.00 to 9.00 ms, every message delivered, server CPU 1.00 to 2.00 µs and IP bytes 131 B. One run ranks nothing.',
    );
    expect(trust[0]).toContain('a run is one sample');
    expect(rankingCommand).toBe(
      'lab run --transport tcp,udp --codec line-json,msgpack --clients 100 --rate 1k --seed 7 --repeat 5',
    );
    expect(changes.join('\n')).toContain(rankingCommand);
  });

  test('of one run each of several workloads points to the table', () => {
    const cells = [10, 20].flatMap((clients) => [
      ...makeRuns([{}], { clients }),
      ...makeRuns([{ p99: 1 }], { clients, transport: 'udp' }),
    ]);
    // Two workloads: 12 tests need 24 / C(2n, n) < 0.05, which 252 is not and 924 is.
    expect(summarize(makeResult(cells)).headline).toBe(
      'Over 2 workloads, one run of each cell: figures below. One run ranks nothing.',
    );
  });

  test('of four runs each tells no difference, however large, and five do', () => {
    const four = summarize(duel(p99s(1000, 4), p99s(9000, 4)));
    expect(four.headline).toContain(
      'No difference is shown in p99 latency (1.00 to 9.01 ms, too few runs)',
    );
    expect(four.headline).toContain('Figures are medians over the runs.');
    const five = summarize(duel(p99s(1000, 5), p99s(9000, 5)));
    expect(five.headline).toContain('tcp/line-json had the lowest p99 latency');
    expect(five.rankingCommand).toBeNull();
  });

  test('replaces the number of runs in the command, and what only --repeat auto makes use of', () => {
    const command = 'lab run --repeat auto --ci 5% --ci-metric p50 --max-repeat 9 --seed 1';
    const result = { ...duel(p99s(1000, 2), p99s(9000, 2)), command };
    expect(summarize(result).rankingCommand).toBe('lab run --seed 1 --repeat 5');
  });
});

describe('a summary of what cannot be ranked', () => {
  const p99 = (micros: number) => ({ latency_us: { ...makeLatency(1_000_000, 900), p99: micros } });

  test('never lets a cell that was cut short or delivered nothing win', () => {
    const cut = makeCell({ transport: 'udp' }, { ...p99(10), incomplete: true });
    const silent = makeCell(
      { transport: 'ws' },
      {
        delivered: 0,
        cpu_us_per_delivery: { server: null, clients: null },
        latency_us: makeLatency(0, 1),
      },
    );
    const { headline, compared } = summarize(makeResult([makeCell({}, p99(2000)), cut, silent]));
    expect(compared).toEqual([]);
    expect(headline).toContain(
      'Nothing is ranked: one transport and codec has VALID figures. tcp/line-json with',
    );
  });

  test('says plainly that all cells are INVALID and names no winner', () => {
    const cells = ['tcp', 'udp'].map((transport) =>
      makeCell({ transport, reasons: [LEDGER_OPEN] }),
    );
    expect(summarize(makeResult(cells)).headline).toContain(
      'No winner can be named: all 2 cells are INVALID',
    );
  });

  test('never compares cells of different workloads', () => {
    const cells = [makeCell({ clients: 10 }), makeCell({ transport: 'udp', clients: 20 })];
    const { headline, compared } = summarize(makeResult(cells));
    expect(compared).toEqual([]);
    expect(headline).toContain(
      'Nothing is ranked: each of the 2 workloads has one transport and codec',
    );
  });

  test('says of a single cell what it did', () => {
    expect(summarize(makeResult([makeCell({ seconds: 2 })])).headline).toMatch(
      /^Nothing is ranked: one transport and codec was measured\. tcp\/line-json with .*: 200,000 of 200,000 messages delivered \(100 %\), p99 latency /,
    );
  });

  test('a result without cells says so', () => {
    expect(summarize(makeResult([])).headline).toBe(
      'No cell was measured, so there is nothing to report.',
    );
  });

  test('warns when the cells were not fed the same messages', () => {
    const cells = [makeCell(), withLocal(makeCell({ transport: 'udp' }), { feed_sha256: 'ff' })];
    expect(summarize(makeResult(cells)).trust.join('\n')).toContain('got different messages');
  });
});

describe('a summary of a sweep', () => {
  const BROKEN = {
    status: 'INVALID' as const,
    reasons: [{ code: 'RATE_MISSED', severity: 'INVALID' as const, message: 'm', hint: 'h' }],
  };
  const at = (
    transport: string,
    clients: number,
    change: Partial<CellResult> = {},
  ): CellResult => ({
    ...makeCell({ transport, clients, rate: 1_000 }),
    ...change,
  });

  test('says the highest VALID load of each pair, and where it broke', () => {
    const cells = [
      // Out of order, and VALID again by chance above a load where it was not.
      at('tcp', 1_000, { verdict: BROKEN }),
      at('tcp', 10),
      at('tcp', 100),
      at('udp', 10, { verdict: BROKEN }),
      at('udp', 100),
      at('udp', 1_000),
      at('ws', 10, { verdict: BROKEN }),
      at('ws', 100, { incomplete: true }),
    ];
    expect(summarize(makeResult(cells)).carried).toEqual([
      'tcp/line-json held 100 clients × 1,000 msg/s × 128 B (100,000 deliveries/s) and broke at 1,000 clients × 1,000 msg/s × 128 B (1 M deliveries/s): INVALID, RATE_MISSED.',
      'udp/line-json held 1,000 clients × 1,000 msg/s × 128 B (1 M deliveries/s), the most that was offered: raise --clients or --rate to see where it breaks.',
      'ws/line-json held no load: it broke at the lowest, 10 clients × 1,000 msg/s × 128 B (10,000 deliveries/s): INVALID, RATE_MISSED.',
    ]);
  });

  test('takes a load for carried only when every run of it is VALID', () => {
    const run = (clients: number, number: number, change: Partial<CellResult> = {}): CellResult =>
      at('tcp', clients, { run: number, ...change });
    const cells = [run(10, 1), run(10, 2), run(100, 1), run(100, 2, { verdict: BROKEN })];
    expect(summarize(makeResult(cells)).carried).toEqual([
      expect.stringContaining('held 10 clients'),
    ]);
  });

  test('says nothing of that where there is one load', () => {
    expect(summarize(makeResult([at('tcp', 10), at('udp', 10)])).carried).toEqual([]);
  });
});
