import { expect, it } from 'vitest';
import { hintOfDeath } from '../../../../bench/process/worker-process.js';

it.each([
  [1, 'TypeError: x is not a function', 'last words were "TypeError: x is not a function"'],
  [134, 'FATAL ERROR: Reached heap limit Allocation failed', 'it ran out of memory'],
  [1, "Error: EMFILE: too many open files, open 'a.js'", 'ulimit -n'],
  [null, '', 'killed from outside, or out of memory'],
  [0, '', 'seccomp'],
])(
  'a worker that ended with %s and said "%s" gives a hint to what was wrong',
  (code, said, hint) => {
    expect(hintOfDeath(code, said)).toContain(hint);
  },
);

it('shows the line of an error and no stack trace', () => {
  const said = [
    'file:///lab/dist/bench/main.js:12',
    '  throw failure;',
    '  ^',
    '',
    'RangeError [ERR_OUT_OF_RANGE]: The value is out of range.',
    '    at writeU16 (node:internal/buffer:855:11)',
    '    at Writer.put (file:///lab/dist/x.js:3:4) {',
    "  code: 'ERR_OUT_OF_RANGE'",
    '}',
    '',
    'Node.js v20.19.0',
  ].join('\n');
  const hint = hintOfDeath(1, said);
  expect(hint).toContain('"RangeError [ERR_OUT_OF_RANGE]: The value is out of range."');
  expect(hint).not.toMatch(/ at |file:|Node\.js/);
});
