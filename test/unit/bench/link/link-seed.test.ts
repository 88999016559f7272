import { expect, test } from 'vitest';
import { FATE } from '../../../../bench/link/fate.js';
import { linkSeed } from '../../../../bench/link/link-seed.js';
import { createClientLink } from '../../../../bench/link/model/model.js';
import { specOf } from '../../../support/link/offered.js';

/** Numbers of the packets to a client that are lost. */
function lostBy(seed: number): string {
  const { down } = createClientLink(specOf('loss=5%/burst=3'), seed, 0);
  const decision = {
    fate: FATE.delivered,
    deliverAt: 0,
    duplicateAt: -1,
    corruptBit: -1,
    isReordered: false,
  } as Parameters<typeof down.offer>[2];
  const lost: number[] = [];
  for (let n = 0; n < 2_000; n++) {
    down.offer(100, n * 1_000, decision);
    if (decision.fate === FATE.lost) lost.push(n);
  }
  return lost.join();
}

test('the first round loses what the seed of the run says, each further one something else', () => {
  expect(linkSeed(7, 1)).toBe(7);
  const rounds = Array.from({ length: 9 }, (_, i) => linkSeed(7, i + 1));
  expect(rounds.every(Number.isSafeInteger)).toBe(true);
  expect(new Set(rounds.map(lostBy)).size).toBe(9);
});

test('a round has one seed, whatever is measured in it, and another one of another run', () => {
  expect(linkSeed(7, 3)).toBe(linkSeed(7, 3));
  expect(linkSeed(7, 3)).not.toBe(linkSeed(8, 3));
});
