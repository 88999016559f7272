import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../bench/config.js';
import { estimateSeconds } from '../../../bench/run/estimate.js';
import { planCells } from '../../../bench/run/matrix.js';
import { commandConfig } from '../../../cli/args/run-config.js';

const lengths = ({ repeat, durationsMs, warmupMs }: RunConfig) => ({
  repeat,
  durationsMs,
  warmupMs,
});
const ONCE = lengths(DEFAULT_CONFIG);

describe('a run whose length nobody says', () => {
  it('is several short ones of each cell, as many as a ranking of all of them takes, in a minute', () => {
    const config = commandConfig([]);
    // 6 metrics × 6 pairs of cells: 2 ÷ C(14, 7) × 36 is below 5 %, and 2 ÷ C(12, 6) × 36 is not.
    expect(lengths(config)).toEqual({ repeat: 7, durationsMs: [700], warmupMs: 300 });
    expect(estimateSeconds(config, planCells(config))).toBeLessThanOrEqual(60);
  });

  it('of two cells has longer windows and fewer runs', () => {
    expect(lengths(commandConfig([{ codecs: ['msgpack'] }]))).toEqual({
      repeat: 5,
      durationsMs: [1_000],
      warmupMs: 500,
    });
  });

  it.each<[string, Partial<RunConfig>]>([
    ['would take longer than a minute', { clients: [10, 100, 1_000] }],
    ['has too few deliveries for a p99 in so short a window', { clients: [1] }],
    ['has too few messages in so short a window', { clients: [10_000], ratesPerSecond: [10] }],
    ['replays a recording at its own pace', { source: 'replay:x.csv', ratesPerSecond: null }],
  ])('is one of the default length where it %s', (_, part) => {
    expect(lengths(commandConfig([part]))).toEqual(ONCE);
  });

  it.each<[string, Partial<RunConfig>]>([
    ['a duration', { durationsMs: [2_000] }],
    ['a warm-up', { warmupMs: 0 }],
    ['a number of runs', { repeat: 1 }],
    ['a number of runs that is left to the lab', { repeat: 'auto' }],
  ])('is what was asked for where somebody says %s, in a file or a flag', (_, part) => {
    const expected = { ...ONCE, ...part };
    expect(lengths(commandConfig([part]))).toEqual(expected);
    expect(lengths(commandConfig([{ codecs: ['msgpack'] }], [part]))).toEqual(expected);
  });
});
