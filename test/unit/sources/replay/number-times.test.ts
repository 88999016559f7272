import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/sources/registry.js';
import type { SourceOptions } from '../../../../src/sources/source.js';
import { column, MINUTE, timesOf } from '../../../support/source/columns.js';
import { expectRefused, OPTIONS, replayOf, withFile } from '../../../support/source/sources.js';

describe('a column of numbers tells its unit by the years 1990 to 2100, to the microsecond', () => {
  test.each([
    ['seconds', ['1700000000', '1700000001.5'], 1_500_000],
    ['milliseconds', ['1700000000000', '1700000000001.5'], 1_500],
    ['microseconds', ['1700000000000000', '1700000000000001'], 1],
    ['nanoseconds, beyond what a double holds', ['1700000000000000000', '1700000000000002999'], 2],
    ['seconds with an exponent', ['1.7e9', '1.700000001E+9'], 1_000_000],
  ])('%s', async (_, times, step) => {
    const items = await replayOf('a.csv', column('time', times));
    const rows = times.map((time) => `{"time":${time},"v":1}`).join('\n');
    const expected = [1_700_000_000_000_000, 1_700_000_000_000_000 + step];
    expect(items.map(({ time }) => time)).toEqual(expected);
    expect((await replayOf('a.ndjson', rows)).map(({ time }) => time)).toEqual(expected);
  });

  test.each([
    ['relative milliseconds', ['0', '100', '60000']],
    ['seconds of 1970', ['1000', '2000']],
    ['a time before 1990', ['600000000']],
    ['a time after 2100', ['4200000000']],
    ['a negative count', ['-1700000000']],
    ['a number of a day', ['45352', '45353']],
    [
      'what .NET counts, which as ns would be of 1990',
      ['638447850000000000', '638447850010000000'],
    ],
  ])('%s need a word from the user', async (_, times) => {
    await expectRefused(
      'a.csv',
      column('time', times),
      2,
      `the time "${times[0]}" lies outside of 1990 to 2100`,
    );
  });

  test('that lost its last digits in a spreadsheet is refused', async () => {
    const rows = column('time', ['1.70929E+12', '1.70929E+12']);
    await expectRefused('a.csv', rows, 2, 'the time "1.70929E+12" has lost its last digits');
    expect(await replayOf('a.csv', rows, { timeUnit: 'ms' })).toHaveLength(2);
  });

  test('which is the unit: counted from any zero then, in the option or the spec', async () => {
    const rows = column('time', ['0', '100', '60000']);
    const times = async (options: Partial<SourceOptions>) =>
      (await replayOf('a.csv', rows, options)).map(({ time }) => time);
    expect(await times({ timeUnit: 'ms' })).toEqual([0, 100_000, 60_000_000]);
    expect(await times({ timeUnit: 's' })).toEqual([0, 100e6, 60_000e6]);
    expect(await times({ timeUnit: 'us' })).toEqual([0, 100, 60_000]);
    expect(await times({ timeUnit: 'ns' })).toEqual([0, 0, 60]);
    await withFile('a.csv', rows, async (path) => {
      const source = await openSource(`replay:${path}?unit=ms`, OPTIONS);
      expect(source.reading).toMatchObject({ time: ['time'], timeForm: 'milliseconds since 1970' });
    });
  });

  test('one column has one unit: the first row of another is named', async () => {
    const rows = column('time', ['1735689599000', '1735689599500', '1735689600000000']);
    await expectRefused(
      'a.csv',
      rows,
      4,
      '"1735689600000000" counts microseconds since 1970, but the row at line 2',
    );
    await expectRefused(
      'a.csv',
      column('time', ['1735689599', '5']),
      3,
      'the time "5" lies outside',
    );
    await expectRefused(
      'a.csv',
      column('time', ['1735689599', '2024-03-01']),
      3,
      'this row has a date as its time',
    );
    await expectRefused(
      'a.csv',
      column('time', ['2024-03-01', '1735689599']),
      3,
      'this row has a number as its time',
    );
  });
});

describe('a number may spell a date', () => {
  test.each([
    ['20240301', '20240302', 24 * 60 * MINUTE],
    ['2024030100', '2024030101', 60 * MINUTE],
    ['202403010000', '202403010001', MINUTE],
    ['20240301000000', '20240301000001', 1e6],
    ['20240301000000000', '20240301000000001', 1_000],
  ])('%s', async (first, second, step) => {
    expect(await timesOf(column('date', [first, second]))).toEqual([0, step]);
    expect(await timesOf(column('ts', [first, second]))).toEqual([0, step]);
  });

  test('seconds since 1970 that could spell an hour of 1812 are seconds', async () => {
    const items = await replayOf('a.csv', column('time', ['1812010100', '1812010101']));
    expect(items.map(({ time }) => time)).toEqual([1_812_010_100_000_000, 1_812_010_101_000_000]);
  });

  test('a year alone does in a column called date, and needs a word in any other', async () => {
    expect(await timesOf(column('Date', ['2024', '2025']))).toEqual([
      -60 * 24 * 60 * MINUTE,
      306 * 24 * 60 * MINUTE,
    ]);
    await expectRefused('a.csv', column('time', ['2024']), 2, 'the time "2024" lies outside');
  });

  test('what spells no date among them, or is of another length, is refused', async () => {
    await expectRefused(
      'a.csv',
      column('date', ['20240301', '20241301']),
      3,
      '"20241301" is not a time',
    );
    await expectRefused(
      'a.csv',
      column('date', ['20240301', '202403010930']),
      3,
      '"202403010930" has 12 digits',
    );
    await expectRefused(
      'a.csv',
      column('date', ['20241301']),
      2,
      'the time "20241301" lies outside',
    );
  });
});
