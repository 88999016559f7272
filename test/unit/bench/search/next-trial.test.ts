import { describe, expect, it } from 'vitest';
import { boundsOf, byLoad, classesOf, inversionsOf } from '../../../../bench/search/mlr/bounds.js';
import { forecast } from '../../../../bench/search/mlr/forecast.js';
import { finalTarget, type Outcome } from '../../../../bench/search/mlr/goal.js';
import { nextTrial } from '../../../../bench/search/mlr/next-trial.js';
import { Random, seedState } from '../../../../src/random.js';
import { ceilingAt, play, RANGE, TIMING } from '../../../support/result/search-system.js';

const CEILINGS = [1, 2, 7, 99, 100, 101, 150, 1_234, 8_000, 54_321, 2_500_000];

describe('a search on a system with a known ceiling', () => {
  it.each(CEILINGS)('finds %i within its width', (ceiling) => {
    const { ending, lower, upper } = play(ceilingAt(ceiling));
    expect(ending).toBe('found');
    expect(lower).toBeLessThanOrEqual(ceiling);
    expect(upper).toBeGreaterThan(ceiling);
    expect(1 - lower! / upper! <= TIMING.width || upper! - lower! === 1).toBe(true);
  });

  it('begins at the start, doubles, and goes no further than the first load that failed', () => {
    const { trials } = play(ceilingAt(1_234));
    expect(trials.slice(0, 5).map(({ load }) => load)).toEqual([100, 200, 400, 800, 1_600]);
    expect(Math.max(...trials.map(({ load }) => load))).toBe(1_600);
  });

  it('decides about a bound by full-length trials only, three of five of them', () => {
    const { trials, lower, upper } = play(ceilingAt(1_234));
    for (const bound of [lower, upper]) {
      const there = trials.filter(({ load, phase }) => load === bound && phase === 'final');
      expect(there).toHaveLength(3);
    }
  });

  it('takes fewer than 40 trials for two decades', () => {
    expect(play(ceilingAt(9_876)).trials.length).toBeLessThan(40);
  });

  it('that carries anything ends at the largest load there is', () => {
    const { ending, lower, upper } = play(() => 'pass');
    expect([ending, lower, upper]).toEqual(['unbounded', RANGE.max, null]);
  });

  it('that carries nothing ends at the smallest load, which full-length trials have confirmed', () => {
    const { ending, lower, upper, trials } = play(() => 'fail');
    expect([ending, lower, upper]).toEqual(['unmet', null, RANGE.min]);
    const last = trials.filter(({ load, phase }) => load === RANGE.min && phase === 'final');
    expect(last).toHaveLength(3);
    expect(trials.length).toBeLessThan(12);
  });

  it('is not led astray by a short trial that passed by chance', () => {
    const { ending, lower, upper } = play((load, phase) =>
      load <= 500 || (phase === 'initial' && load <= 3_000) ? 'pass' : 'fail',
    );
    expect(ending).toBe('found');
    expect(lower).toBeLessThanOrEqual(500);
    expect(upper).toBeGreaterThan(500);
  });

  it('is not led astray by a short trial that failed by chance', () => {
    const { lower, upper } = play((load, phase) =>
      load > 5_000 || (phase === 'initial' && load === 400) ? 'fail' : 'pass',
    );
    expect(lower).toBeLessThanOrEqual(5_000);
    expect(lower).toBeGreaterThan(4_500);
    expect(upper).toBeGreaterThan(5_000);
  });
});

describe('a search on a noisy system', () => {
  /** Passes with a probability that falls from 1 at 900 to 0 at 1,100: half at 1,000. */
  const noisy = (seed: number) => {
    const random = new Random(seedState(seed, 0));
    return (load: number): Outcome => (random.nextInt(200) < 1_100 - load ? 'pass' : 'fail');
  };

  it('finds where most trials change, and never ends without an answer', () => {
    const found = Array.from({ length: 50 }, (_, seed) => play(noisy(seed + 1)));
    for (const { ending, lower, upper } of found) {
      expect(ending).toBe('found');
      expect(lower).toBeLessThan(upper!);
      expect(lower).toBeGreaterThanOrEqual(800);
      expect(upper).toBeLessThanOrEqual(1_150);
    }
  });
});

describe('a loss inversion', () => {
  /** 300 to 500 fails, and what is above holds again up to 5,000. */
  const inverted = (load: number) => (load > 300 && load <= 500) || load > 5_000;

  it('is settled for the smaller load, and told', () => {
    const { ending, lower, upper, trials } = play((load) => (inverted(load) ? 'fail' : 'pass'));
    expect(ending).toBe('found');
    expect(lower).toBeLessThanOrEqual(300);
    expect(upper).toBeLessThanOrEqual(500);
    const loads = byLoad([
      ...trials,
      { load: 4_000, phase: 'final', durationS: 10, outcome: 'pass' },
    ]);
    const bounds = boundsOf(classesOf(loads, finalTarget(TIMING)));
    expect(inversionsOf(loads, bounds)).toEqual([4_000]);
  });
});

describe('a load that the instrument cannot tell', () => {
  const limited =
    (limit: number) =>
    (load: number): Outcome =>
      load >= limit ? 'void' : 'pass';

  it('is tried three times, ends the search, and is never a bound', () => {
    const { ending, lower, upper, trials } = play(limited(700));
    expect(ending).toBe('instrument');
    expect([lower, upper]).toEqual([400, null]);
    expect(trials.filter(({ load }) => load === 800)).toHaveLength(3);
    expect(Math.max(...trials.map(({ load }) => load))).toBe(800);
    // The load below it is confirmed all the same.
    expect(trials.filter(({ load, phase }) => load === 400 && phase === 'final')).toHaveLength(3);
  });

  it('does not hide a bound below it', () => {
    const { ending, lower, upper } = play((load) =>
      load >= 700 ? 'void' : load > 250 ? 'fail' : 'pass',
    );
    expect(ending).toBe('found');
    expect(lower).toBeLessThanOrEqual(250);
    expect(upper).toBeLessThan(700);
  });

  it('that was void once or twice, and then was told, is like any other', () => {
    let calls = 0;
    const { ending, lower } = play((load) => {
      calls += 1;
      return calls % 3 === 0 ? 'void' : load <= 1_234 ? 'pass' : 'fail';
    });
    expect(ending).toBe('found');
    expect(lower).toBeLessThanOrEqual(1_234);
  });

  it('at the start ends it with nothing known', () => {
    const { ending, lower, upper, trials } = play(() => 'void');
    expect([ending, lower, upper, trials.length]).toEqual(['instrument', null, null, 3]);
  });
});

describe('a short trial that cannot tell a figure', () => {
  it('is followed by full-length ones in its place, and not by others of its kind', () => {
    const short = { load: 100, durationS: 3, phase: 'initial', outcome: 'void' } as const;
    const untold = { ...short, isUntold: true };
    expect(nextTrial([untold], TIMING, RANGE)).toEqual({
      kind: 'trial',
      load: 100,
      phase: 'final',
    });
    const told = { load: 100, durationS: 10, phase: 'final', outcome: 'pass' } as const;
    const next = nextTrial([untold, told], TIMING, RANGE);
    expect(next).toEqual({ kind: 'trial', load: 200, phase: 'final' });
  });
});

describe('the forecast', () => {
  it('of a search that has not begun is about what it then takes', () => {
    const { initial, final } = forecast([[]], TIMING, RANGE);
    const { trials } = play(ceilingAt(800));
    expect(initial + final).toBe(trials.length);
  });

  it('never grows by what is done, and is nothing at the end', () => {
    const { trials } = play(ceilingAt(1_234));
    const left = trials.map((_, i) => forecast([trials.slice(0, i + 1)], TIMING, RANGE));
    expect(left.at(-1)).toEqual({ initial: 0, final: 0 });
    expect(left.every(({ initial, final }) => initial + final <= 25)).toBe(true);
  });
});
