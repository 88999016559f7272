import { describe, expect, it } from 'vitest';
import { SampledTimer } from '../../../../bench/process/sampled-timer.js';

function rig() {
  let now = 0;
  let readings = 0;
  const timer = new SampledTimer(() => {
    readings += 1;
    return now;
  });
  /** Something that takes so long and does so many units of work. */
  const work = (micros: number, units: number): void => {
    timer.begin();
    now += micros;
    timer.end(units);
  };
  return { timer, work, readings: () => readings };
}

describe('SampledTimer', () => {
  it('times the first of every 64, and reads the clock for no other', () => {
    const { timer, work, readings } = rig();
    for (let i = 0; i < 129; i++) work(i % 64 === 0 ? 10 : 99_999, 4);
    // The 1st, the 65th and the 129th.
    expect(timer.mean).toBe(30 / 12);
    expect(readings()).toBe(6);
  });

  it('its mean is per unit of work, not per thing timed', () => {
    const { timer, work } = rig();
    work(90, 1);
    for (let i = 0; i < 63; i++) work(1, 1);
    work(10, 9);
    expect(timer.mean).toBe(100 / 10);
  });

  it('what did no work says nothing', () => {
    const { timer, work } = rig();
    work(50, 0);
    expect(timer.mean).toBeNull();
  });

  it('an end without a beginning is not timed', () => {
    const { timer, work } = rig();
    timer.end(5);
    work(8, 2);
    timer.end(5);
    expect(timer.mean).toBe(4);
  });
});
