import { describe, expect, test } from 'vitest';
import { epochUnit, parseTime } from '../../src/sources/replay-time.js';
import { replayOf } from './support/sources.js';

describe('dates are read as UTC unless they say otherwise', () => {
  test.each([
    ['2000-01-03', Date.UTC(2000, 0, 3)],
    ['2000/1/3', Date.UTC(2000, 0, 3)],
    ['2000-02', Date.UTC(2000, 1, 1)],
    ['Jan 3 2000', Date.UTC(2000, 0, 3)],
    ['january 3, 2000', Date.UTC(2000, 0, 3)],
    ['Sept. 3 2000', Date.UTC(2000, 8, 3)],
    ['3 Jan 2000', Date.UTC(2000, 0, 3)],
    ['03-Dec-2000', Date.UTC(2000, 11, 3)],
    ['2000-01-03T09:30:15Z', Date.UTC(2000, 0, 3, 9, 30, 15)],
    ['2000-01-03 09:30', Date.UTC(2000, 0, 3, 9, 30)],
    ['2000-01-03 09:30:15.25', Date.UTC(2000, 0, 3, 9, 30, 15, 250)],
    ['2000-01-03T09:30:15+05:30', Date.UTC(2000, 0, 3, 4, 0, 15)],
    ['2000-01-03T09:30:15-0500', Date.UTC(2000, 0, 3, 14, 30, 15)],
    ['2000-01-03T09:30:15+09', Date.UTC(2000, 0, 3, 0, 30, 15)],
    ['Jan 3 2000 09:30:00 UTC', Date.UTC(2000, 0, 3, 9, 30)],
    ['2000-02-29', Date.UTC(2000, 1, 29)],
    ['1969-07-20T20:17:40Z', Date.UTC(1969, 6, 20, 20, 17, 40)],
  ])('%s', (text, milliseconds) => {
    expect(parseTime('time', text)).toEqual({ form: 'micros', value: milliseconds * 1000 });
  });

  test('fractions of a second are kept to the microsecond, further digits are cut', () => {
    const base = Date.UTC(2000, 0, 3, 9, 30, 15) * 1000;
    expect(parseTime('time', '2000-01-03T09:30:15.123456Z')?.value).toBe(base + 123_456);
    expect(parseTime('time', '2000-01-03T09:30:15.123456999Z')?.value).toBe(base + 123_456);
    expect(parseTime('time', '2000-01-03T09:30:15,5Z')?.value).toBe(base + 500_000);
  });

  test.each([
    '',
    ' ',
    'yesterday',
    '1/2/2000',
    '01-02-2000',
    '2000-13-01',
    '2000-00-01',
    '2000-01-00',
    '1900-02-29',
    '2000-04-31',
    '2000-01-03T24:00',
    '2000-01-03T09:60',
    '2000-01-03T09:30:60',
    '2000-01-03T09',
    '2000-01/03',
    '2000-01-03Z',
    'Foo 3 2000',
    '2000-01-03 09:30 PST',
    '2000-01-03T09:30+99:00',
    '0x10',
    '--1',
    '1e999',
    'Infinity',
  ])('%j is no time', (text) => {
    expect(parseTime('time', text)).toBeUndefined();
  });

  test('a bare 20000103 or 2000 is a calendar date in a column called date, a count in any other', () => {
    expect(parseTime('Date', '20000103')).toEqual({ form: 'micros', value: Date.UTC(2000, 0, 3) * 1000 });
    expect(parseTime('date', 2000)).toEqual({ form: 'micros', value: Date.UTC(2000, 0, 1) * 1000 });
    expect(parseTime('date', '20001399')).toBeUndefined();
    expect(parseTime('time', '20000103')).toEqual({ form: 'epoch', value: 20_000_103 });
  });

  test('the zone of the machine changes nothing', () => {
    const texts = ['Jan 1 2000', '2000-07-01', '2000-07-01 12:00', '3 Jul 2000', '20000701', '2000'];
    const before = process.env.TZ;
    const readings = ['UTC', 'Asia/Tokyo', 'America/New_York'].map((zone) => {
      process.env.TZ = zone;
      const offset = new Date(2000, 0, 1).getTimezoneOffset();
      return { offset, times: texts.map((text) => parseTime('date', text)) };
    });
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
    expect(readings.map(({ offset }) => offset)).toEqual([0, -540, 300]);
    for (const { times } of readings) expect(times).toEqual(readings[0]?.times);
  });
});

describe('numbers count from 1970 in the unit that the largest of the file tells', () => {
  test.each([
    ['seconds', ['1700000000', '1700000001.5'], 1_700_000_000_000_000, 1_500_000],
    ['milliseconds', ['1700000000000', '1700000000001.5'], 1_700_000_000_000_000, 1_500],
    ['microseconds', ['1700000000000000', '1700000000000001'], 1_700_000_000_000_000, 1],
    ['nanoseconds', ['1700000000000000000', '1700000000000002048'], 1_700_000_000_000_000, 2],
    ['seconds since the start', ['0', '0.25'], 0, 250_000],
    ['milliseconds from 1970 on', ['0', '1700000000000'], 0, 1_700_000_000_000_000],
  ])('%s', async (_, times, first, step) => {
    const items = await replayOf('a.csv', `time,v\n${times.map((time) => `${time},1`).join('\n')}\n`);
    expect(items.map(({ time }) => time)).toEqual([first, first + step]);
  });

  test('a unit is the longest in which the time is before 2255', () => {
    expect(epochUnit(0)).toBe(1e6);
    expect(epochUnit(9e9)).toBe(1e6);
    expect(epochUnit(9.1e9)).toBe(1e3);
    expect(epochUnit(9.1e12)).toBe(1);
    expect(epochUnit(9.1e15)).toBe(1e-3);
  });
});
