import { describe, expect, it } from 'vitest';
import { plannedOf } from '../../../support/run/feed-plan.js';

describe('a planned window', () => {
  it('includes the messages of its plan, first and last too, and no other', () => {
    const window = plannedOf(11, [0, 5, 9]);
    expect([10, 11, 12, 13, 14].filter((seq) => window.includes(seq))).toEqual([11, 12, 13]);
    expect(window.span).toEqual({ before: 10, last: 13, isOver: true });
  });

  it('reports a place for each of them, whatever was published', () => {
    expect(plannedOf(11, [0, 5, 9]).positionsOf()).toEqual({ from: 0, count: 3 });
  });

  it('of no message includes none', () => {
    const window = plannedOf(1, []);
    expect([0, 1, 2].some((seq) => window.includes(seq))).toBe(false);
    expect(window.positionsOf()).toEqual({ from: 0, count: 0 });
  });
});
