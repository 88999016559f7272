import { describe, expect, it } from 'vitest';
import {
  DEFAULT_CONFIG,
  FEWEST_AUTO_RUNS,
  LIMITS,
  type RunConfig,
} from '../../../../bench/config.js';
import { estimateSeconds, latestEnd } from '../../../../bench/run/estimate.js';
import { planCells, planRound } from '../../../../bench/run/matrix.js';
import { codeOf } from '../../../support/core/code-of.js';

const config = (overrides: Partial<RunConfig>): RunConfig => ({ ...DEFAULT_CONFIG, ...overrides });

describe('planCells', () => {
  it('is the product of all lists: transports and codecs change fastest, so what is compared runs side by side', () => {
    const cells = planCells(
      config({
        transports: ['tcp', 'udp'],
        codecs: ['line-json', 'msgpack'],
        clients: [10, 100],
        ratesPerSecond: [5],
        sizesBytes: [0, 64],
        durationsMs: [500],
      }),
    );
    expect(cells.map(({ id }) => id)).toEqual([
      'tcp/line-json/c10/r5/s0/d500#1',
      'tcp/msgpack/c10/r5/s0/d500#1',
      'udp/line-json/c10/r5/s0/d500#1',
      'udp/msgpack/c10/r5/s0/d500#1',
      'tcp/line-json/c100/r5/s0/d500#1',
      'tcp/msgpack/c100/r5/s0/d500#1',
      'udp/line-json/c100/r5/s0/d500#1',
      'udp/msgpack/c100/r5/s0/d500#1',
      'tcp/line-json/c10/r5/s64/d500#1',
      'tcp/msgpack/c10/r5/s64/d500#1',
      'udp/line-json/c10/r5/s64/d500#1',
      'udp/msgpack/c10/r5/s64/d500#1',
      'tcp/line-json/c100/r5/s64/d500#1',
      'tcp/msgpack/c100/r5/s64/d500#1',
      'udp/line-json/c100/r5/s64/d500#1',
      'udp/msgpack/c100/r5/s64/d500#1',
    ]);
  });

  it('what lost messages are repaired by is asked of UDP only', () => {
    const plan = config({
      transports: ['tcp', 'udp'],
      codecs: ['msgpack'],
      repairs: ['none', 'nak'],
    });
    expect(planCells(plan).map(({ id }) => id)).toEqual([
      'tcp/msgpack/c100/r100/s40/d5000#1',
      'udp/msgpack/c100/r100/s40/d5000#1',
      'udp/msgpack/c100/r100/s40/d5000/nak#1',
    ]);
    const only = config({ transports: ['tcp', 'udp'], codecs: ['msgpack'], repairs: ['nak'] });
    expect(planCells(only).map(({ id }) => id)).toEqual([
      'tcp/msgpack/c100/r100/s40/d5000#1',
      'udp/msgpack/c100/r100/s40/d5000/nak#1',
    ]);
  });

  const orders = (plan: RunConfig, runs: readonly number[]): string[] =>
    runs.map((run) =>
      planRound(plan, run)
        .map(({ transport, codec }) => `${transport}/${codec}`)
        .join(' '),
    );

  it('repeats come in pairs of rounds, the second one backwards (ABBA), and each cell says which run it is', () => {
    const plan = config({ repeat: 5 });
    const cells = planCells(plan);
    expect(cells.map(({ run }) => run)).toEqual(
      [1, 2, 3, 4, 5].flatMap((run) => Array(4).fill(run)),
    );
    for (const run of [1, 3]) {
      const [first, second] = orders(plan, [run, run + 1]);
      expect(second!.split(' ').reverse().join(' ')).toBe(first);
    }
    expect(new Set(cells.map(({ id }) => id)).size).toBe(20);
  });

  it('the order of a pair of rounds is shuffled from the seed: the same for a seed, another for another pair or seed', () => {
    const runs = Array.from({ length: 40 }, (_, pair) => 2 * pair + 1);
    const ofSeed = (seed: number): string[] => orders(config({ repeat: 80, seed }), runs);
    expect(ofSeed(7)).toEqual(ofSeed(7));
    expect(ofSeed(7)).not.toEqual(ofSeed(8));
    // 24 orders of 4 cells: all 40 pairs alike, or nearly so, would be no shuffle.
    expect(new Set(ofSeed(7)).size).toBeGreaterThan(12);
  });

  it('a shuffled order still runs the cells of one workload side by side', () => {
    const round = planRound(config({ clients: [10, 20, 30], repeat: 2 }), 1);
    const clients = round.map((cell) => cell.clients);
    expect(clients.filter((count, i) => count !== clients[i - 1])).toHaveLength(3);
    expect(new Set(round.map(({ id }) => id)).size).toBe(12);
  });

  it('ids do not depend on the seed, nor on the number of repeats', () => {
    const ids = (overrides: Partial<RunConfig>): string[] =>
      planCells(config(overrides))
        .map(({ id }) => id)
        .filter((id) => id.endsWith('#1'))
        .sort();
    expect(ids({ repeat: 3, seed: 9 })).toEqual(ids({}));
  });

  it('auto plans the runs that are certain, and says where it ends at the latest', () => {
    const plan = config({ repeat: 'auto', maxRepeat: 12 });
    const cells = planCells(plan);
    expect(cells.at(-1)?.run).toBe(FEWEST_AUTO_RUNS);
    expect(cells).toHaveLength(4 * FEWEST_AUTO_RUNS);
    const baselines = estimateSeconds(plan, []);
    const perRun = (estimateSeconds(plan, cells) - baselines) / FEWEST_AUTO_RUNS;
    expect(latestEnd(plan)?.runs).toBe(12);
    expect(latestEnd(plan)?.seconds).toBeCloseTo(baselines + 12 * perRun, 6);
    expect(latestEnd(config({ repeat: 12 }))).toBeNull();
  });

  it('flush modes span the matrix, side by side, and are in the ids where there are several', () => {
    const cells = planCells(
      config({ transports: ['tcp'], codecs: ['msgpack'], flushes: ['auto', '2ms'] }),
    );
    expect(cells.map((cell) => [cell.id, cell.kind === 'local' && cell.flush])).toEqual([
      ['tcp/msgpack/c100/r100/s40/d5000/fauto#1', 'auto'],
      ['tcp/msgpack/c100/r100/s40/d5000/f2ms#1', '2ms'],
    ]);
  });

  it('policies span the matrix, side by side, and are in the ids where there are several', () => {
    const policies = ['conflate', 'drop-oldest/messages=5'];
    const cells = planCells(config({ transports: ['tcp'], codecs: ['msgpack'], policies }));
    expect(cells.map((cell) => [cell.id, cell.kind === 'local' && cell.policy])).toEqual([
      ['tcp/msgpack/c100/r100/s40/d5000/pconflate#1', 'conflate'],
      ['tcp/msgpack/c100/r100/s40/d5000/pdrop-oldest/messages=5#1', 'drop-oldest/messages=5'],
    ]);
  });

  it('a recorded pace is one rate, and is named in the id', () => {
    const cells = planCells(
      config({ transports: ['tcp'], codecs: ['msgpack'], ratesPerSecond: null }),
    );
    expect(cells).toEqual([
      {
        id: 'tcp/msgpack/c100/recorded/s40/d5000#1',
        kind: 'local',
        transport: 'tcp',
        codec: 'msgpack',
        clients: 100,
        ratePerSecond: null,
        sizeBytes: 40,
        durationMs: 5_000,
        flush: 'auto',
        link: 'none',
        repair: 'none',
        congestion: 'default',
        policy: 'drop-oldest',
        run: 1,
      },
    ]);
  });

  it('refuses a matrix beyond the limit of cells, repeats counted, and takes one right at it', () => {
    const clients = Array.from({ length: LIMITS.cells / 4 }, (_, i) => i + 1);
    expect(planCells(config({ clients }))).toHaveLength(LIMITS.cells);
    expect(codeOf(() => planCells(config({ clients: [...clients, 1] })))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => planCells(config({ clients, repeat: 2 })))).toBe('LAB_ERR_BAD_VALUE');
    expect(codeOf(() => planCells(config({ clients, repeat: 'auto', maxRepeat: 5 })))).toBe(
      'LAB_ERR_BAD_VALUE',
    );
  });
});

describe('estimateSeconds', () => {
  it('is at least what the windows and warm-ups take', () => {
    const plan = config({ durationsMs: [1_000, 3_000], warmupMs: 500, repeat: 2 });
    const cells = planCells(plan);
    expect(cells).toHaveLength(16);
    expect(estimateSeconds(plan, cells)).toBeGreaterThan(8 * 1 + 8 * 3 + 16 * 0.5);
  });

  it('has the verification of each link once, however many cells are behind it', () => {
    const seconds = (change: Partial<RunConfig>): number =>
      estimateSeconds(config({ baselines: false, ...change }), []);
    expect(seconds({ links: ['none'] })).toBe(0);
    // 0.6 s of spaced packets and 0.1 s until the last has come, and what processes take.
    const plain = seconds({ links: ['loss=1%'] });
    expect(plain).toBeGreaterThan(0.7);
    expect(plain).toBeLessThan(2.5);
    // 0.4 s of more than the rate carries, what that leaves in the queue, and the way to the end.
    expect(seconds({ links: ['rate=10mbit'] })).toBeGreaterThan(plain + 0.4);
    expect(seconds({ links: ['up.delay=2s'] })).toBeCloseTo(plain + 2, 6);
    expect(seconds({ links: ['loss=1%', 'loss=2%'], repeat: 5 })).toBeCloseTo(2 * plain, 6);
    expect(seconds({ links: ['trace=no/such/file'] })).toBeGreaterThan(plain);
  });

  it('has for a cell behind a link that of its namespaces, and of its distance', () => {
    const cellSeconds = (link: string): number => {
      const plan = config({ links: [link], transports: ['tcp'], codecs: ['msgpack'] });
      return estimateSeconds(plan, planCells(plan)) - estimateSeconds(plan, []);
    };
    expect(cellSeconds('loss=1%')).toBeGreaterThan(cellSeconds('none'));
    expect(cellSeconds('delay=300ms')).toBeGreaterThanOrEqual(cellSeconds('loss=1%') + 0.6);
  });
});
