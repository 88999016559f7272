import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/core/fake-clock.js';

describe('fake clock', () => {
  it('fires timers at their due time, in order, and nothing while time is spent', () => {
    const clock = new FakeClock(0);
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, clock.now()]);
    clock.setTimeout(note('b'), 2);
    clock.setTimeout(note('a'), 1);
    clock.setTimeout(note('never'), 1).cancel();
    clock.setImmediate(note('now'));
    clock.setTimeout(() => clock.setTimeout(note('nested'), 1), 2);
    clock.spend(500);
    expect(fired).toEqual([]);
    clock.advance(3);
    expect(fired).toEqual([
      ['now', 500],
      ['a', 1_000],
      ['b', 2_000],
      ['nested', 3_000],
    ]);
    expect([clock.now(), clock.pending]).toEqual([3_500, 0]);
  });
});
