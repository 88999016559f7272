import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../../../src/sources/text/line-splitter.js';

const LIMIT = 8;

/** The lines of these chunks, and the numbers of those that were too long. */
function split(...chunks: string[]): { readonly lines: string[]; readonly tooLong: number[] } {
  const tooLong: number[] = [];
  const splitter: LineSplitter = new LineSplitter(LIMIT, () => tooLong.push(splitter.line));
  const lines: string[] = [];
  for (const chunk of chunks) {
    splitter.push(Buffer.from(chunk));
    for (let line = splitter.next(); line !== undefined; line = splitter.next())
      lines.push(String(line));
  }
  const last = splitter.last();
  if (last !== undefined) lines.push(String(last));
  expect(splitter.last()).toBeUndefined();
  return { lines, tooLong };
}

describe('lines end in LF or CRLF, and the last one may have no end', () => {
  test.each([
    ['a\nb\n', ['a', 'b']],
    ['a\r\nb', ['a', 'b']],
    ['a\r', ['a']],
    ['a\rb\n', ['a\rb']],
    ['a\r\r\n', ['a\r']],
    ['\n\na\n\n', ['', '', 'a', '']],
    ['', []],
    ['\n', ['']],
  ])('%j', (text, lines) => {
    expect(split(text)).toEqual({ lines, tooLong: [] });
    expect(split(...text)).toEqual({ lines, tooLong: [] });
  });
});

describe('a line above the limit is passed over, its end not counted', () => {
  test.each([
    ['12345678\n', ['12345678'], []],
    ['12345678\r\n', ['12345678'], []],
    ['12345678\r', ['12345678'], []],
    ['123456789\nb\n', ['b'], [1]],
    ['123456789\r\nb\n', ['b'], [1]],
    ['12345678\r\r\nb', ['b'], [1]],
    ['a\n123456789', ['a'], [2]],
    ['a\n1234567890123456789\n\nb\n123456789\n', ['a', '', 'b'], [2, 5]],
  ])('%j', (text, lines, tooLong) => {
    expect(split(text)).toEqual({ lines, tooLong });
    expect(split(...text)).toEqual({ lines, tooLong });
  });
});

test('of a line of 100 MB no more than the limit and one byte is held', () => {
  const limit = 64 * 1024;
  let tooLong = 0;
  const splitter = new LineSplitter(limit, () => {
    tooLong += 1;
  });
  const chunk = Buffer.alloc(1_000_000, 'x');
  let most = 0;
  const push = (bytes: Buffer): string | undefined => {
    splitter.push(bytes);
    const line = splitter.next()?.toString();
    most = Math.max(most, splitter.heldBytes);
    return line;
  };
  for (let i = 0; i < 60_000; i++) push(chunk.subarray(0, 1));
  for (let i = 0; i < 100; i++) expect(push(chunk)).toBeUndefined();
  expect(push(Buffer.from('\nok\n'))).toBe('ok');
  expect(tooLong).toBe(1);
  expect(most).toBeGreaterThanOrEqual(60_000);
  expect(most).toBeLessThanOrEqual(limit + 1);
});
