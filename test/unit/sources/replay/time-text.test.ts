import { describe, expect, test } from 'vitest';
import { parseDate } from '../../../../src/sources/replay/time/time-text.js';

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
    ['2000.01.03', Date.UTC(2000, 0, 3)],
    ['20000103T093015Z', Date.UTC(2000, 0, 3, 9, 30, 15)],
    ['20000103 09:30:15', Date.UTC(2000, 0, 3, 9, 30, 15)],
    ['2000-01-03 9:30 PM', Date.UTC(2000, 0, 3, 21, 30)],
    ['2000-01-03 12:30:15am', Date.UTC(2000, 0, 3, 0, 30, 15)],
    ['1969-07-20T20:17:40Z', Date.UTC(1969, 6, 20, 20, 17, 40)],
  ])('%s', (text, milliseconds) => {
    expect(parseDate(text)).toBe(milliseconds * 1000);
  });

  test('fractions of a second are kept to the microsecond, further digits are cut', () => {
    const base = Date.UTC(2000, 0, 3, 9, 30, 15) * 1000;
    expect(parseDate('2000-01-03T09:30:15.123456Z')).toBe(base + 123_456);
    expect(parseDate('2000-01-03T09:30:15.123456999Z')).toBe(base + 123_456);
    expect(parseDate('2000-01-03T09:30:15,5Z')).toBe(base + 500_000);
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
    '2000-01-03 13:00 PM',
    '2000-01-03T09:60',
    '2000-01-03T09:30:60',
    '2000-01-03T09',
    '2000-01/03',
    '2000-01-03Z',
    '2000',
    '0930',
    'Foo 3 2000',
    '2000-01-03 09:30 PST',
    '2000-01-03T09:30+99:00',
    '0x10',
    '--1',
    '1e999',
    'Infinity',
  ])('%j is no time', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });

  test('the zone of the machine changes nothing', () => {
    const texts = [
      'Jan 1 2000',
      '2000-07-01',
      '2000-07-01 12:00',
      '3 Jul 2000',
      '20000701',
      '2000',
    ];
    const before = process.env.TZ;
    const readings = ['UTC', 'Asia/Tokyo', 'America/New_York'].map((zone) => {
      process.env.TZ = zone;
      const offset = new Date(2000, 0, 1).getTimezoneOffset();
      return { offset, times: texts.map((text) => parseDate(text)) };
    });
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
    expect(readings.map(({ offset }) => offset)).toEqual([0, -540, 300]);
    for (const { times } of readings) expect(times).toEqual(readings[0]?.times);
  });
});
