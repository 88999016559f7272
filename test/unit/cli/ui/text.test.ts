import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usesColor } from '../../../../cli/ui/style.js';
import { truncate, wrap } from '../../../../cli/ui/text.js';

const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => [...line].length));

describe('colour', () => {
  const tty = { isTTY: true };

  it.each([
    [{}, tty, true],
    [{}, {}, false],
    [{ NO_COLOR: '1' }, tty, false],
    [{ NO_COLOR: '' }, tty, true],
    [{ TERM: 'dumb' }, tty, false],
    [{ FORCE_COLOR: '1' }, {}, true],
    [{ FORCE_COLOR: '0' }, tty, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1', TERM: 'dumb' }, {}, true],
  ])('with %j on %j is %s', (env, stream, expected) => {
    expect(usesColor(stream, env)).toBe(expected);
  });
});

describe('text', () => {
  it('is wrapped without losing a word, and fits wherever its words do', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
        const wrapped = wrap(words.join(' '), 20, '  ');
        expect(wrapped.split(/\s+/)).toEqual(words);
        expect(widest(wrapped)).toBeLessThanOrEqual(20);
      }),
    );
  });

  it('is cut to any width', () => {
    expect([
      truncate('abc', 3),
      truncate('abcd', 3),
      truncate('abc', 1),
      truncate('abc', 0),
    ]).toEqual(['abc', 'ab…', '…', '']);
  });
});
