import { describe, expect, test } from 'vitest';
import { column, MARCH_1, MINUTE, noticesOf, timesOf } from '../../../support/source/columns.js';
import { expectRefused, replayOf } from '../../../support/source/sources.js';

describe('which number of 3/12/2024 is the day', () => {
  test.each([
    ['a number above 12', ['01/03/2024 00:01', '13/03/2024'], MINUTE],
    ['a number above 12, month first', ['03/01/2024 12:01 AM', '03/13/2024'], MINUTE],
    ['points: the day is first', ['1.3.2024 00:01', '2.3.2024'], MINUTE],
  ])('is told by %s', async (_, times, first) => {
    expect((await timesOf(column('time', times)))[0]).toBe(first);
  });

  test('else by the user', async () => {
    const rows = column('time', ['01/03/2024', '02/03/2024']);
    await expectRefused(
      'a.csv',
      rows,
      2,
      '"01/03/2024" is not a time: the day may be the first number',
    );
    expect(await timesOf(rows, { timeUnit: 'dmy' })).toEqual([0, 24 * 60 * MINUTE]);
    expect((await timesOf(rows, { timeUnit: 'mdy' }))[1]).toBe(-27 * 24 * 60 * MINUTE);
  });

  test('rows that contradict each other are refused', async () => {
    await expectRefused(
      'a.csv',
      column('time', ['13/03/2024', '03/13/2024']),
      3,
      'day and month of "03/13/2024"',
    );
  });
});

describe('the order', () => {
  test.each([
    ['ns since 1970', 'time', ['1700000000000000900', '1700000000000000100']],
    ['µs with a fraction', 'time', ['1700000000000000.9', '1700000000000000.1']],
    ['dates', 'time', ['2024-03-01T00:00:00.000000900Z', '2024-03-01T00:00:00.0000001Z']],
    [
      'a time of day apart',
      'date,time',
      ['20240301,9:30:00.000000900', '20240301,9:30:00.000000100'],
    ],
  ])('of one microsecond is that of the nanoseconds: %s', async (_, header, [late, early]) => {
    const items = await replayOf('a.csv', `${header},v\n${late},2\n${early},1\n${late},3\n`);
    expect(items.map(({ value }) => value)).toEqual([{ v: 1 }, { v: 2 }, { v: 3 }]);
    expect(new Set(items.map(({ time }) => time)).size).toBe(1);
  });

  test('that of an hour which is there twice is said, that of a file from new to old is not', async () => {
    const at = (minute: string): string => `2024-11-03 ${minute}`;
    const night = column('time', ['00:30', '01:00', '01:30', '01:00', '01:30'].map(at));
    expect(await noticesOf(night)).toEqual([
      expect.stringMatching(
        /: line 5 is earlier than the row of its key before it \(1 in all\): replayed/,
      ),
    ]);
    expect(await noticesOf(column('time', ['02:00', '01:00', '00:30'].map(at)))).toEqual([]);
    const bySymbol = 'time,id\n2024-03-01,A\n2024-03-02,A\n2024-03-01,B\n2024-03-02,B\n';
    expect(await noticesOf(bySymbol)).toEqual([]);
  });

  test('of a day whose times of day are not taken is said, unless the user names the time', async () => {
    const rows = 'date,dep,arr\n2024-03-01,12:00,13:00\n2024-03-01,10:00,11:00\n';
    const idle = expect.stringContaining(
      'the times of day in dep, arr are not taken: rows of one day',
    );
    expect(await noticesOf(rows)).toEqual([idle]);
    expect(await noticesOf(rows, { timeColumn: 'date' })).toEqual([]);
    expect(await noticesOf('date,hour,v\n2024-03-01,9,1\n')).toHaveLength(1);
    expect(await noticesOf('{"date":"2024-03-01","dep":"12:00","arr":"13:00"}\n')).toEqual([idle]);
  });
});

test('a time without a zone among those off UTC is refused, beside Z it is UTC as ever', async () => {
  const [off, none] = ['2024-03-01T01:30:00+01:00', '2024-03-01T01:30:00'];
  const what = `"${none}" names no zone, but the time of the row at line 2 one`;
  await expectRefused('a.csv', column('time', [off, none]), 3, what);
  await expectRefused('a.csv', column('time', [none, off]), 3, `"${off}" names a zone`);
  expect(await timesOf(column('time', [`${none}Z`, none]))).toEqual([90 * MINUTE, 90 * MINUTE]);
});

describe('date and time of day in two columns are one time', () => {
  test.each([
    ['17:24:00', 'Date,Time', '2024-03-01,00:01:00', '2024-03-02,00:00:00'],
    ['names of others', '<DATE>,<TIME>', '20240301,000100', '20240302,000000'],
    ['HHMM', 'Date,Time', '2024-03-01,1', '2024-03-02,930'],
    ['AM and PM', 'date,time', '1.3.2024,12:01 AM', '2.3.2024,1:00 PM'],
    ['points', 'Date;Hour', '01.03.2024;00.01.00', '02.03.2024;00.00.00'],
    ['day and clock', 'Date,Clock', '2024-03-01,00:01', '2024-03-02,00:00'],
    ['timestamp and day', 'Timestamp,Day', '00:01:00,2024-03-01', '00:00:00,2024-03-02'],
  ])('%s', async (_, header, first, second) => {
    const mark = header.includes(';') ? ';' : ',';
    const times = await timesOf(`${header}${mark}v\n${second}${mark}2\n${first}${mark}1\n`);
    expect(times[0]).toBe(MINUTE);
    expect(times[1]).toBeGreaterThanOrEqual(24 * 60 * MINUTE);
  });

  test('both leave the value, in NDJSON too, and the user may name them in any order', async () => {
    const rows =
      '{"date":"2024-03-01","time":"00:01","v":1}\n{"date":"2024-03-02","time":"00:00","v":2}\n';
    const expected = [{ v: 1 }, { v: 2 }];
    expect((await replayOf('a.ndjson', rows)).map(({ value }) => value)).toEqual(expected);
    const csv = 'D,T,U,v\n2024-03-01,00:01,00:00,1\n';
    for (const timeColumn of ['D+T', 'T+D'])
      expect(await timesOf(csv, { timeColumn })).toEqual([MINUTE]);
  });

  test('a time of day without a date is no time', async () => {
    await expectRefused(
      'a.csv',
      column('time', ['09:30', '10:30']),
      2,
      '"09:30" is a time of day without a date',
    );
    await expectRefused('a.csv', column('time', ['930', '1030']), 2, 'the time "930" lies outside');
    await expectRefused(
      'a.csv',
      'date,time,v\n2024-03-01,9,1\n2024-03-01,10,1\n',
      2,
      '"9" is not a time of day',
    );
    await expectRefused(
      'a.csv',
      'date,time,v\n2024-03-01,09:30,1\n2024-03-01,,1\n',
      3,
      'the time of day is empty',
    );
  });

  test('AM and PM in a third column are refused: half of the times would be in the wrong half of the day', async () => {
    const rows = 'Date,Time,AM/PM,v\n2024-03-01,09:30,PM,1\n';
    await expect(replayOf('a.csv', rows)).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining('have their AM and PM in "AM/PM"'),
    });
  });

  test('a full time beside a date is the time', async () => {
    const items = await replayOf('a.csv', 'date,time,v\n2024-03-01,2024-03-01T00:01:00Z,1\n');
    expect(items).toEqual([
      { key: 'a', value: { date: '2024-03-01', v: 1 }, time: MARCH_1 + MINUTE },
    ]);
  });
});
