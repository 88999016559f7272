import { expect, it } from 'vitest';
import { WindowDrops } from '../../../../bench/worker-subscriber/receive-drops.js';
import { FakeClock } from '../../../support/core/fake-clock.js';

const T0 = 1_700_000_000_000_000;
const START = T0 + 1_000_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sockets 1 and 2, of which the kernel says what it is told to. */
function rig(first: Record<number, number> | null) {
  const clock = new FakeClock(T0);
  let told: Map<number, number> | null = null;
  const say = (drops: Record<number, number> | null): void => {
    told =
      drops === null
        ? null
        : new Map(Object.entries(drops).map(([key, count]) => [Number(key), count]));
  };
  say(first);
  return { clock, say, drops: new WindowDrops(async () => told, clock) };
}

it('only what the kernel drops in the window counts: neither the warm-up nor a feed that goes on', async () => {
  const { clock, say, drops } = rig({ 1: 5, 2: 0 });
  drops.open(START);
  await turn();
  // Of the warm-up: it is seen by a second look right before the window.
  say({ 1: 9, 2: 1 });
  clock.advance(950);
  await turn();
  say({ 1: 12, 2: 1 });
  await drops.close();
  say({ 1: 100, 2: 100 });
  expect([...((await drops.total()) ?? [])]).toEqual([
    [1, 3],
    [2, 0],
  ]);
});

it('a second look that comes late, when the window has begun, takes nothing away from it', async () => {
  const { clock, say, drops } = rig({ 1: 5 });
  drops.open(START);
  await turn();
  clock.spend(1_200_000);
  say({ 1: 9 });
  clock.advance(1);
  await turn();
  expect((await drops.total())?.get(1)).toBe(4);
});

it('where the kernel does not tell, or did not before, it is not known; without a window there is nothing to know', async () => {
  const silent = rig(null);
  silent.drops.open(START);
  await turn();
  silent.say({ 1: 5 });
  expect(await silent.drops.total()).toBeNull();
  expect((await rig({ 1: 5 }).drops.total())?.get(1)).toBe(5);
});
