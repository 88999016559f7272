import { describe, expect, it } from 'vitest';
import { type CountsSoFar, liveAccount } from '../../../../bench/record/live-account.js';

const counts = (overrides: Partial<CountsSoFar> = {}): CountsSoFar => ({
  due: 1_000,
  missing: 0,
  stamped: 1_000,
  instrumentSum: 20_000,
  received: 1_000,
  receiptSum: 100_000,
  ...overrides,
});

describe('the account of a cell that runs', () => {
  it('is of all processes together: missing ÷ due, not a mean of shares', () => {
    const processes = [counts({ due: 900, missing: 9 }), counts({ due: 100, missing: 11 })];
    expect(liveAccount(processes).missing).toBe(0.02);
  });

  it('has the mean instrument ÷ the mean receipt', () => {
    // 20 µs a delivery of 100 µs, and of 4,000 deliveries 60 µs of 120 µs.
    expect(liveAccount([counts()]).instrumentShare).toBe(0.2);
    const other = counts({ stamped: 4_000, instrumentSum: 240_000, received: 4_000 });
    const both = [counts(), { ...other, receiptSum: 480_000 }];
    expect(liveAccount(both).instrumentShare).toBeCloseTo(52 / 116, 12);
  });

  it('tells no share where too few deliveries were stamped, or nothing has come', () => {
    expect(liveAccount([counts({ stamped: 899 })]).instrumentShare).toBeNull();
    expect(liveAccount([counts({ stamped: 900 })]).instrumentShare).not.toBeNull();
    const none = { due: 0, missing: 0, stamped: 0, instrumentSum: 0, received: 0, receiptSum: 0 };
    expect(liveAccount([none])).toEqual({ missing: null, instrumentShare: null });
  });
});
