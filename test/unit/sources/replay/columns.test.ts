import { describe, expect, test } from 'vitest';
import { readingText } from '../../../../src/sources/reading.js';
import { openSource } from '../../../../src/sources/registry.js';
import type { SourceOptions, SourceReading } from '../../../../src/sources/source.js';
import { expectRefused, OPTIONS, replayOf, withFile } from '../../../support/source/sources.js';

const MARCH_1 = Date.UTC(2024, 2, 1) * 1_000;
const MINUTE = 60e6;

/** Times of the rows, µs after 1 March 2024. */
async function timesOf(rows: string, options: Partial<SourceOptions> = {}): Promise<number[]> {
  const items = await replayOf('a.csv', rows, options);
  return items.map(({ time }) => (time ?? Number.NaN) - MARCH_1);
}

/** What is said of a file, JSON or a table. */
async function noticesOf(rows: string, options: Partial<SourceOptions> = {}): Promise<string[]> {
  const notices: string[] = [];
  const onNotice = (notice: string): void => void notices.push(notice);
  await replayOf('a', rows, { ...options, onNotice });
  return notices;
}

function column(name: string, times: readonly string[]): string {
  return `${name},v\n${times.map((time) => `${time},1\n`).join('')}`;
}

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

describe('time and key under other names', () => {
  const ROWS = 'when,pair,p\n2024-03-01T00:01:00Z,BTC,1\n2024-03-01T00:00:00Z,ETH,2\n';

  async function reading(rows: string, spec = '', options: Partial<SourceOptions> = {}) {
    return withFile('a.csv', rows, async (path) => {
      return (await openSource(`replay:${path}${spec}`, { ...OPTIONS, ...options })).reading;
    });
  }

  test('what is there and what was taken is said', async () => {
    expect(await reading(ROWS)).toEqual({
      format: 'CSV',
      rows: 2,
      columns: ['when', 'pair', 'p'],
      time: [],
      timeForm: null,
      span: null,
      key: null,
      keys: 1,
    });
  });

  test('in one line, whatever the names hold', async () => {
    const known = await reading(
      '"date, day",time,v\n2024-03-01,09:30,1\n',
      '?time=date%2C day%2Btime',
    );
    expect(readingText(known as SourceReading)).toContain(
      'time: "date, day" + time (dates and times',
    );
  });

  test('with the first and the last time: years nobody expects show a unit that was not meant', async () => {
    const known = await reading('time,v\n731000001.5,1\n731000000,2\n');
    expect(known?.span).toEqual([731_000_000e6, 731_000_001.5e6]);
    expect(readingText(known as SourceReading)).toContain(
      'time: time (seconds since 1970, 1993-03-01T15:33:20Z to 1993-03-01T15:33:21.5Z); key',
    );
  });

  test.each([
    ['?time=when&key=pair', {}],
    ['?time=%23%31&key=WHEN%2Fpair', {}, 'when,WHEN/pair,p'],
    ['', { timeColumn: 'When', keyColumn: '#2' }],
    ['?key=pair', { timeColumn: 'when', keyColumn: 'pair' }],
  ])('the user names them: %s %o', async (spec, options, header = 'when,pair,p') => {
    const rows = ROWS.replace('when,pair,p', header);
    expect(await reading(rows, spec, options)).toMatchObject({
      time: ['when'],
      timeForm: 'dates',
      keys: 2,
    });
  });

  test('or says that there is none', async () => {
    const rows = 'time,id,p\n2024-03-01T00:01:00Z,7,1\n';
    expect(await reading(rows)).toMatchObject({ time: ['time'], key: 'id' });
    expect(await reading(rows, '?time=none', { keyColumn: 'none' })).toMatchObject({
      time: [],
      key: null,
    });
  });

  test('a name that is not there is refused with those that are', async () => {
    for (const spec of ['?time=nope', '?key=nope', '?time=when%2Bnope', '?key=%239']) {
      await expect(reading(ROWS, spec)).rejects.toMatchObject({
        code: 'LAB_ERR_BAD_VALUE',
        message: expect.stringMatching(/^(time|key)Column "(nope|#9)": there is no such column$/),
        hint: expect.stringContaining('the columns are: when, pair, p'),
      });
    }
  });

  test.each([
    ['?tiem=ts', '"tiem=ts" behind the ? is not known'],
    ['?time=', '"time=" behind the ? says nothing'],
    ['?time=a&time=b', '"time=b" behind the ? is said twice'],
    ['?time=%zz', '"time=%zz" behind the ? holds a % that begins no %XX'],
    ['?unit=hours', '"hours" is not a unit of times'],
  ])('%s is refused', async (spec, message) => {
    await expect(reading(ROWS, spec)).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining(message),
    });
  });

  test('spec and options that say different things are refused', async () => {
    await expect(reading(ROWS, '?key=pair', { keyColumn: 'p' })).rejects.toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
    });
  });

  test('a file whose own name has a ? is named as it is, and with one more ? where its end looks like options', async () => {
    const items = [{ key: 'a', value: { v: 1 } }];
    expect(await replayOf('what?.csv', 'key,v\na,1\n')).toEqual(items);
    await withFile('what?key=b', 'key,v\na,1\n', async (path) => {
      const source = await openSource(`replay:${path}?`, OPTIONS);
      expect(source.reading).toMatchObject({ key: 'key' });
    });
  });

  test('other sources have no columns', async () => {
    const opened = openSource('synthetic', { ...OPTIONS, timeColumn: 'ts' });
    await expect(opened).rejects.toMatchObject({ code: 'LAB_ERR_NO_EFFECT' });
  });

  test('in NDJSON the first row decides, and a row without its members is refused', async () => {
    await expectRefused(
      'a.ndjson',
      '{"id":1}\n{"v":2}',
      2,
      'this row has no "id", the key of the row at line 1',
    );
    await expectRefused(
      'a.ndjson',
      '{"v":1}\n{"id":2}',
      2,
      'this row has "id" as its key, but the row at line 1',
    );
    const items = await replayOf('a.ndjson', '{"id":1}\n{"symbol":"A","id":2}');
    expect(items.map(({ key }) => key)).toEqual(['1', '2']);
  });
});
