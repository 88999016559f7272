import { describe, expect, it } from 'vitest';
import { ceilingFigures } from '../../../../bench/figures/ceiling.js';
import { noCeiling } from '../../../../bench/probe/ceiling/ceiling.js';
import { inOneWindow, sendsPerSecond } from '../../../../bench/probe/ceiling/rate.js';
import { resultSchema } from '../../../../bench/result/result.js';

const schema = resultSchema.shape.cells.element.shape.ceiling;

describe('the rate of a ceiling', () => {
  it('is the sum over processes that each had a window of their own', () => {
    const counts = [
      { received: 5_000, elapsedMs: 500 },
      { received: 3_000, elapsedMs: 1_500 },
    ];
    expect(sendsPerSecond(counts, 1)).toBe(12_000);
  });

  it('of bytes is in sends of so many bytes, parts of one included', () => {
    expect(sendsPerSecond([{ received: 250, elapsedMs: 1_000 }], 100)).toBe(2.5);
  });

  it('of one window is the sum of the counts over its time, so that it exceeds no rate of as many', () => {
    const counts = [0.1, 0.2, 0.3].map((received) => ({ received, elapsedMs: 700 }));
    const whole = { received: 0.1 + 0.2 + 0.3, elapsedMs: 700 };
    expect(inOneWindow(counts)).toEqual(whole);
    expect(sendsPerSecond([inOneWindow(counts)], 1)).toBe(sendsPerSecond([whole], 1));
  });

  it('of nobody is 0', () => {
    expect(sendsPerSecond([], 100)).toBe(0);
  });
});

describe('the ceiling of a cell', () => {
  it('is the share of it that was delivered', () => {
    const ceiling = {
      available: true,
      reason: null,
      sends_per_s: 100_000,
      sent_per_s: 100_000,
      messages_per_s: 400_000,
    };
    const figures = ceilingFigures(ceiling, 100_000);
    expect(schema.parse(figures)).toEqual({
      available: true,
      reason: null,
      messages_per_s: 400_000,
      ratio: 0.25,
    });
  });

  it('is not cut at 1: a cell may deliver more than a loop that floods its receivers', () => {
    const ceiling = {
      available: true,
      reason: null,
      sends_per_s: 10,
      sent_per_s: 10,
      messages_per_s: 10,
    };
    expect(ceilingFigures(ceiling, 15).ratio).toBe(1.5);
  });

  it('that was not measured has its reason and no figure', () => {
    const figures = ceilingFigures(noCeiling('interrupted'), 1_000);
    expect(schema.parse(figures)).toEqual({
      available: false,
      reason: 'interrupted',
      messages_per_s: null,
      ratio: null,
    });
  });

  it('that nobody asked for says how to ask', () => {
    const figures = schema.parse(ceilingFigures(null, 1_000));
    expect(figures).toMatchObject({ available: false, ratio: null });
    expect(figures.reason).toContain('--ceiling');
  });
});
