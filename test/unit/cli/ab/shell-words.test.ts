import { describe, expect, it } from 'vitest';
import { shellWords } from '../../../../cli/ab/shell-words.js';
import { codeOf } from '../../../support/core/code-of.js';

describe('the words of a text', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['-t tcp  -c 100', ['-t', 'tcp', '-c', '100']],
    ["--source 'replay:my file.csv'", ['--source', 'replay:my file.csv']],
    ['--source replay:"my file.csv"', ['--source', 'replay:my file.csv']],
    ['a\\ b "c\\"d" \'e\\\' f\\\\', ['a b', 'c"d', 'e\\', 'f\\']],
    ['"a\\nb"', ['a\\nb']],
    ["'' x", ['', 'x']],
    ['a\tb\nc', ['a', 'b', 'c']],
  ])('%j', (text, words) => {
    expect(shellWords(text)).toEqual(words);
  });

  it.each(["'a", 'b "c'])('%j does not end', (text) => {
    expect(codeOf(() => shellWords(text))).toBe('LAB_ERR_USAGE');
  });
});
