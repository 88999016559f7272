/**
 * The promises of `lab ab`: A against itself is called different in one of 20 sessions at most, and
 * a p99 that is 10 % higher is found in 8 of 10 sessions of 10 blocks. With noise as benchmarks
 * have it on a quiet machine; on another, `detectable` has to say that less can be told.
 */
import { describe, expect, it } from 'vitest';
import { AB_MARGIN, analyse } from '../../../bench/ab/analyse.js';
import type { AbComparison, AbMetric } from '../../../bench/ab/document.js';
import { planBlocks, stepsOf } from '../../../bench/ab/plan.js';
import { USUAL_NAMES } from '../../../bench/compare/compare.js';
import { DEFAULT_CONFIG } from '../../../bench/config.js';
import type { CellResult } from '../../../bench/result/result.js';
import { armCells, PAIR } from '../../support/result/blocks.js';
import { Noise } from '../../support/run/noise.js';

/** Each is a test, and makes it harder for the others: those that `lab ab` takes by itself. */
const METRICS = USUAL_NAMES;

/** Logarithmic standard deviations. */
const SESSION = 0.3;
const DRIFT_PER_CELL = 0.01;

const [TEMPLATE] = armCells([{}]) as [CellResult];

/** One histogram for all: no test looks into them. */
function cellsOf(figures: readonly Figures[]): CellResult[] {
  return figures.map(({ p50, p99, goodput, cpu }, i) => ({
    ...TEMPLATE,
    completion_us: { ...TEMPLATE.latency_us, p50: 1.6 * p50 },
    staleness_us: { ...TEMPLATE.latency_us, p99: 800_000 },
    staleness_excess_us: {
      ...{ mean: 0.8 * p50, p50: null, p90: null, p99: null, p999: null, max: null },
    },
    run: i + 1,
    id: `cell#${i + 1}`,
    latency_us: { ...TEMPLATE.latency_us, p50, p99 },
    goodput: { ...TEMPLATE.goodput, messages_per_s: goodput },
    cpu_us_per_delivery: { ...TEMPLATE.cpu_us_per_delivery, server: cpu },
  }));
}

type Figures = Readonly<Record<'p50' | 'p99' | 'goodput' | 'cpu', number>>;

interface Conditions {
  /** Of the p99 between two cells of a session. */
  readonly noise: number;
  /** B's p99 is so many times that of A. */
  readonly factor: number;
  readonly blocks: number;
  readonly margin?: number;
}

const config = { ...DEFAULT_CONFIG, transports: ['tcp'], codecs: ['line-json'] };
const ARMS = [
  { label: 'A', config },
  { label: 'B', config },
] as const;

/**
 * A session has a level of its own, a drift that goes up and is a random walk too, cells that
 * scatter, and one in a hundred in which something else ran.
 */
function session(random: Noise, { noise, factor, blocks, margin }: Conditions): AbComparison {
  const level = Math.exp(SESSION * random.normal());
  let drift = 0;
  const figures = [...stepsOf(planBlocks(ARMS, blocks, 1))].map(({ arm }) => {
    drift += DRIFT_PER_CELL * (random.normal() + 0.2);
    const slow = random.chance(0.01) ? 1.5 : 1;
    const around = (value: number, spread: number): number =>
      value * Math.exp(spread * random.normal());
    const moved = level * Math.exp(drift) * slow;
    return {
      arm,
      p50: around(900 * moved, noise / 2),
      p99: around(4_000 * moved * (arm === 1 ? factor : 1), noise),
      goodput: around(100_000, 0.0005),
      cpu: around(2 * Math.exp(drift), 0.02),
    };
  });
  const [a, b] = [0, 1].map((one) => cellsOf(figures.filter(({ arm }) => arm === one)));
  const comparison = analyse([PAIR], a!, b!, { margin: margin ?? AB_MARGIN, metrics: METRICS });
  expect(comparison.tests).toBe(METRICS.length);
  return comparison;
}

function p99Of({ cells }: AbComparison): AbMetric {
  return cells[0]!.metrics.find(({ metric }) => metric === 'p99')!;
}

function shareOf(trials: number, happened: () => boolean): number {
  return Array.from({ length: trials }, happened).filter(Boolean).length / trials;
}

/** What two-second cells of one session scatter by where nothing else runs. */
const QUIET = 0.05;

describe('an A/A', () => {
  it.each([1, 2, 3])('of 20 sessions is better or worse in one at most: seed %i', (seed) => {
    const random = new Noise(seed);
    const aa = { noise: QUIET, factor: 1, blocks: 10 };
    const claimed = shareOf(20, () => {
      const { better, worse } = session(random, aa).totals;
      return better + worse > 0;
    });
    expect(claimed * 20).toBeLessThanOrEqual(1);
  });

  it('claims a difference in less than 5 % of sessions even without a margin', () => {
    const random = new Noise(4);
    const trials = 200;
    const claimed = shareOf(trials, () => {
      const aa = { noise: 0.2, factor: 1, blocks: 10, margin: 0 };
      const { better, worse } = session(random, aa).totals;
      return better + worse > 0;
    });
    expect(claimed).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials));
  });
});

describe('a p99 that is 10 % higher', () => {
  it('is found in 8 of 10 sessions of 10 blocks', () => {
    const random = new Noise(5);
    const found = shareOf(200, () => {
      const { verdict } = p99Of(session(random, { noise: QUIET, factor: 1.1, blocks: 10 }));
      expect(verdict).not.toBe('better');
      return verdict === 'worse';
    });
    expect(found).toBeGreaterThanOrEqual(0.8);
  });

  it('is found through twice the noise with four times the blocks', () => {
    const random = new Noise(6);
    const noisy = { noise: 2 * QUIET, factor: 1.1, blocks: 40 };
    const found = shareOf(50, () => p99Of(session(random, noisy)).verdict === 'worse');
    expect(found).toBeGreaterThanOrEqual(0.8);
  });
});

it.each([0.05, 0.1, 0.2])(
  'a difference as large as is said to be detectable is found in about 80 in 100 sessions: noise %d',
  (noise) => {
    const random = new Noise(7);
    const told = Array.from(
      { length: 50 },
      () => p99Of(session(random, { noise, factor: 1, blocks: 15 })).detectable!,
    ).sort((x, y) => x - y);
    const factor = 1 + told[25]!;
    const found = shareOf(
      100,
      () => p99Of(session(random, { noise, factor, blocks: 15 })).verdict === 'worse',
    );
    expect(found).toBeGreaterThan(0.6);
    expect(found).toBeLessThan(0.97);
  },
);
