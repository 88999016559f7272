import { describe, expect, it } from 'vitest';
import { type CpuProfile, selfTimes } from '../../../tools/cpu-profile.js';

const frame = (
  functionName: string,
  url = '',
  lineNumber = -1,
): CpuProfile['nodes'][number]['callFrame'] => ({
  functionName,
  url,
  lineNumber,
});
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)') },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('flush', 'file:///home/me/lab/dist/src/core/broadcast.js', 41) },
    { id: 4, callFrame: frame('', 'node:net', 7) },
    // The same function, called from elsewhere.
    { id: 5, callFrame: frame('flush', 'file:///home/me/lab/dist/src/core/broadcast.js', 41) },
  ],
  samples: [2, 3, 5, 4, 2],
  timeDeltas: [1_000, 300, 300, 200, 5_000],
};

describe('selfTimes', () => {
  it('adds up a function over its callers and leaves out the time of waiting', () => {
    expect(selfTimes(profile)).toEqual([
      { name: 'flush src/core/broadcast.js:42', share: 0.75 },
      { name: '(anonymous) node:net:8', share: 0.25 },
    ]);
  });

  it('of a process that only waited is nothing', () => {
    expect(selfTimes({ ...profile, samples: [2], timeDeltas: [9] })).toEqual([]);
  });
});
