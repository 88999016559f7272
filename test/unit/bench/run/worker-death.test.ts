import { expect, it } from 'vitest';
import { hintOfDeath } from '../../../../bench/process/worker-process.js';

it.each([
  [1, 'TypeError: x is not a function', 'its stderr ended: TypeError: x is not a function'],
  [1, "Error: EMFILE: too many open files, open 'a.js'", 'ulimit -n'],
  [null, '', 'killed from outside, or out of memory'],
  [0, '', 'seccomp'],
])(
  'a worker that ended with %s and said "%s" gives a hint to what was wrong',
  (code, said, hint) => {
    expect(hintOfDeath(code, said)).toContain(hint);
  },
);
