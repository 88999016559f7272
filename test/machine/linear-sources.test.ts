import { expect, test } from 'vitest';
import { openSource } from '../../src/sources/registry.js';
import { OPTIONS, take, withFile } from '../support/source/sources.js';

/**
 * Four times the input may take three times the factor: what grows with its square takes sixteen
 * times as long.
 */
const FACTOR = 4;
const MOST = 12;
/** Below this a figure says more of the machine than of the work. */
const LEAST_MS = 20;

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `c${i}`);
}

function repeated(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join('');
}

/**
 * CPU time, which others on the machine do not lengthen: the least of a few, of reading a file to
 * its end or to its refusal.
 */
async function millisecondsFor(name: string, contents: string): Promise<number> {
  return withFile(name, contents, async (path) => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 2; i++) {
      const start = process.cpuUsage();
      await openSource(`replay:${path}`, OPTIONS)
        .then((source) => take(source, Number.POSITIVE_INFINITY))
        .catch(() => {});
      const { user, system } = process.cpuUsage(start);
      least = Math.min(least, (user + system) / 1_000);
    }
    return least;
  });
}

test.each<[string, string, number, (size: number) => string]>([
  ['columns', 'a.csv', 6_000, (n) => `${names(n).join(',')}\n${'1,'.repeat(n - 1)}1\n`],
  [
    'columns, the last of them called like the first',
    'a.csv',
    10_000,
    (n) => `${names(n - 1).join(',')},c0\n1\n`,
  ],
  [
    'columns with text among numbers',
    'a.csv',
    5_000,
    (n) =>
      `${names(n).join(',')}\n${['1', 'x', '1'].map((v) => `${`${v},`.repeat(n - 1)}${v}\n`).join('')}`,
  ],
  ['members', 'a.ndjson', 5_000, (n) => `{${names(n).map((name) => `"${name}":1`)}}\n`],
  [
    'members that no double holds',
    'a.ndjson',
    5_000,
    (n) => `{${names(n).map((name) => `"${name}":9007199254740993`)}}\n`,
  ],
  ['rows', 'a.csv', 5_000, (n) => `v\n${'1\n'.repeat(n)}`],
  [
    'rows with times',
    'a.csv',
    5_000,
    (n) => `time,v\n${repeated(n, (i) => `${1_700_000_000 + i},1\n`)}`,
  ],
  ['keys', 'a.csv', 5_000, (n) => `key,v\n${repeated(n, (i) => `k${i},1\n`)}`],
  ['headers again', 'a.csv', 5_000, (n) => `key,v\n${'a,1\nkey,v\n'.repeat(n)}`],
  ['shapes of objects', 'a.ndjson', 2_000, (n) => repeated(n, (i) => `{"id":1,"v${i}":2}\n`)],
  ['nesting', 'a.ndjson', 50_000, (n) => `{"v":${'['.repeat(n)}${']'.repeat(n)}}\n`],
  ['a field', 'a.csv', 100_000, (n) => `key,v\na,${'x'.repeat(n)}\n`],
  ['zeros of a number', 'a.csv', 100_000, (n) => `key,v\na,0.${'0'.repeat(n)}1\n`],
  ['groups of digits', 'a.csv', 20_000, (n) => `key,v\na,"1${',234'.repeat(n)}x"\n`],
  ['backslashes', 'a.ndjson', 50_000, (n) => `{"v":"${'\\\\'.repeat(n)}","w":1e5}\n`],
  ['blanks', 'a.csv', 100_000, (n) => `key,v\n${' '.repeat(n)}\na,1\n`],
])('four times the %s take about four times as long', async (_, name, size, contents) => {
  const one = await millisecondsFor(name, contents(size));
  const four = await millisecondsFor(name, contents(size * FACTOR));
  expect(four).toBeLessThan(MOST * Math.max(one, LEAST_MS));
});
