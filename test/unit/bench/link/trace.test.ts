import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MOST_OPPORTUNITIES, parseTrace } from '../../../../bench/link/spec/trace.js';
import { readTraceFile } from '../../../../bench/link/spec/trace-file.js';
import { codeOf } from '../../../support/core/code-of.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Buffer): string {
  const path = join(folder, 'link.trace');
  writeFileSync(path, content);
  return path;
}

describe('a trace', () => {
  it('is a time in milliseconds a line; one that stands twice is two opportunities', () => {
    expect(parseTrace('t', '0\n1\n1\n7\n')).toEqual([0, 1_000, 1_000, 7_000]);
    expect(parseTrace('t', '3\r\n4')).toEqual([3_000, 4_000]);
  });

  it.each([
    ['', 'is empty'],
    ['\n', 'line 1: is empty'],
    ['1\n\n2\n', 'line 2: is empty'],
    ['5\n7\n6\n', 'line 3: 6 is before 7'],
    ['5\n7.5\n', "line 2: '7.5' is no time"],
    ['5\n-7\n', "line 2: '-7' is no time"],
    ['5\n# comment\n', "line 2: '# comment' is no time"],
    ['5\n1e3\n', "line 2: '1e3' is no time"],
    ['5\n 6\n', "line 2: ' 6' is no time"],
    ['5\n99999999999\n', "line 2: '99999999999' is no time"],
    ['5\n99999999\n', 'line 2: 99999999 is later than a day'],
    ['0\n0\n', 'line 2: 0 is no period'],
  ])('%j is refused, and the line named', (text, problem) => {
    expect(() => parseTrace('a.trace', text)).toThrow(`trace 'a.trace' ${problem}`);
    expect(codeOf(() => parseTrace('a.trace', text))).toBe('LAB_ERR_LINK_TRACE');
  });

  it('has a limit', () => {
    const lines = '1\n'.repeat(MOST_OPPORTUNITIES);
    expect(parseTrace('t', lines)).toHaveLength(MOST_OPPORTUNITIES);
    expect(() => parseTrace('t', `${lines}1\n`)).toThrow(`line ${MOST_OPPORTUNITIES + 1}`);
  });
});

describe('the file of a trace', () => {
  it('is read, and known by its content: a path may hold another one tomorrow', () => {
    const sha256 = (text: string): string => readTraceFile(file(text)).sha256;
    expect(readTraceFile(file('1\n2\n'))).toEqual({
      atUs: [1_000, 2_000],
      // As sha256sum prints it.
      sha256: 'a6e2b7a040683432de03a18fd8a1939a2fdf82585b364bfc874bdd4095c4cae1',
    });
    expect(sha256('1\n2\n')).not.toBe(sha256('1\r\n2\r\n'));
  });

  it.each([
    ['a folder', () => folder, 'no regular file'],
    ['missing', () => join(folder, 'none'), 'no such file'],
    ['nameless', () => 'a\0b', 'cannot be read'],
    ['UTF-16', () => file(Buffer.from('1\n2\n', 'utf16le')), 'UTF-16'],
    ['empty', () => file(''), 'is empty'],
    ['without end', () => '/dev/zero', 'no regular file'],
  ])('that is %s is refused', (_, path, problem) => {
    expect(() => readTraceFile(path())).toThrow(problem);
    expect(codeOf(() => readTraceFile(path()))).toBe('LAB_ERR_LINK_TRACE');
  });
});
