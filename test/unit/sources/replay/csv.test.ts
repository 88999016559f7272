import { describe, expect, test } from 'vitest';
import { expectRefused, replayOf } from '../../../support/source/sources.js';

async function valuesOf(contents: string): Promise<unknown[]> {
  return (await replayOf('feed.csv', contents)).map(({ value }) => value);
}

describe('columns', () => {
  test.each(['symbol', 'key', 'ticker', 'name', 'sensor', 'id', 'Symbol', ' TICKER '])(
    '%j is the key',
    async (name) => {
      expect(await replayOf('feed.csv', `v,${name}\n1,a\n`)).toEqual([
        { key: 'a', value: { v: 1 } },
      ]);
    },
  );

  test('of several columns that could be the key the first in the order symbol, key, ticker, name, sensor, id is', async () => {
    expect(await replayOf('feed.csv', 'id,name,symbol\n7,Apple,AAPL\n')).toEqual([
      { key: 'AAPL', value: { id: 7, name: 'Apple' } },
    ]);
  });

  test.each(['time', 'timestamp', 'date', 'datetime', 'ts', 'Date'])(
    '%j is the time',
    async (name) => {
      expect(await replayOf('feed.csv', `${name},v\n2000-01-01,1\n`)).toEqual([
        { key: 'feed', value: { v: 1 }, time: 946_684_800_000_000 },
      ]);
    },
  );

  test('a key is text, even when it looks like a number', async () => {
    expect((await replayOf('feed.csv', 'id,v\n007,1\n'))[0]?.key).toBe('007');
  });

  test('a column called __proto__ is data like any other', async () => {
    const [value] = await valuesOf('key,__proto__\na,1\n');
    expect(Object.entries(value as object)).toEqual([['__proto__', 1]]);
  });
});

describe('fields', () => {
  test.each([
    ['1', 1],
    ['-12.50', -12.5],
    ['1469.250000', 1469.25],
    ['1e3', 1000],
    ['2.5E-3', 0.0025],
    ['0', 0],
    ['9007199254740991', 9007199254740991],
    ['', null],
    ['007', '007'],
    ['+5', '+5'],
    ['.5', '.5'],
    ['5.', '5.'],
    ['0x10', '0x10'],
    ['1_000', '1_000'],
    [' 1 ', 1],
    ['" 1"', ' 1'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['1e999', '1e999'],
    ['9007199254740993', '9007199254740993'],
    ['true', 'true'],
    ['"1,5"', '1,5'],
    ['"say ""hi"""', 'say "hi"'],
    ['"two\r\nlines"', 'two\r\nlines'],
    ['""', null],
  ])('%j becomes %j', async (field, expected) => {
    expect(await valuesOf(`key,v\na,${field}\n`)).toEqual([{ v: expected }]);
  });

  test('LF, CRLF and CR end a line, the last line may have no end, and blank lines are skipped', async () => {
    for (const contents of [
      'key,v\na,1\nb,2',
      'key,v\r\na,1\r\n\r\nb,2\r\n',
      'key,v\ra,1\rb,2\r',
      '\nkey,v\r\na,1\n\nb,2\n',
    ]) {
      expect(await valuesOf(contents)).toEqual([{ v: 1 }, { v: 2 }]);
    }
  });
});

describe('a row that is wrong is refused with its line, before anything is published', () => {
  test.each([
    ['too few fields', 'key,v\na,1\nb\n', 3, '1 fields, but the header names 2 columns'],
    ['too many fields', 'key,v\na,1,2\n', 2, '3 fields, but the header names 2 columns'],
    ['after blank lines', 'key,v\n\n\r\na\n', 4, '1 fields, but the header names 2 columns'],
    [
      'after a quoted line break',
      'key,v\r\na,"1\r\n2\n3"\r\nb\r\n',
      5,
      '1 fields, but the header names 2 columns',
    ],
    [
      'a quote never closed, named where it opens',
      'key,v\na,1\nb,"2\nc,3\n',
      3,
      'a quoted field is never closed',
    ],
    ['text after a closing quote', 'key,v\na,"1"2\n', 2, 'text after the closing quote of a field'],
    [
      'a quote in the middle',
      'key,v\na,1\nb,2"3"\n',
      3,
      'a quote inside a field that does not start with one',
    ],
    ['an empty key', 'key,v\n,1\n', 2, 'the key is empty'],
    ['an empty time', 'time,v\n1700000000,1\n,2\n', 3, 'the time is empty'],
    ['no time', 'time,v\nyesterday,2\n', 2, '"yesterday" is not a time'],
    ['an impossible day', 'date,v\n2001-02-29,2\n', 2, '"2001-02-29" is not a time'],
    ['an ambiguous day', 'date,v\n1/2/2000,2\n', 2, '"1/2/2000" is not a time'],
    [
      'a number among dates',
      'time,v\n2000-01-01,1\n\n5,2\n',
      4,
      'this row has a number as its time, but the row at line 2 has a date',
    ],
    ['a time beyond microseconds', 'time,v\n9999-01-01,1\n', 2, 'the time is out of range'],
    ['a repeated column', 'key,v,v\na,1,2\n', 1, 'two columns are called "v"'],
    ['no header', '1,2\n3,4\n', 1, 'a row of numbers where the names of the columns should be'],
    [
      'a row far above 1 MiB',
      `key,v\na,1\nb,${'x'.repeat(2 * 1024 * 1024)}\n`,
      3,
      'longer than the 1048576 bytes a row may have',
    ],
  ])('%s', (_, contents, line, what) => expectRefused('feed.csv', contents, line, what));

  test('what a file holds is shown short and without control characters', async () => {
    await expect(replayOf('feed.csv', `time,v\n\u001b[31m${'x'.repeat(100)},2\n`)).rejects.toThrow(
      /feed\.csv:2: "\\u001b\[31mx{35}"… is not a time$/,
    );
  });
});
