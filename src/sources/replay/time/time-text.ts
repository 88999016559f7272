/**
 * One time as recordings write it, to integer microseconds. What names no zone is UTC, whatever the
 * zone of the machine: a replay must not depend on where it runs. What only a whole column tells is
 * in time-column.ts.
 */

/** What to do about a time that `parseTime` does not know. */
export const TIME_HINT =
  'write times as seconds, ms, µs or ns since 1970, as ISO 8601 (2000-01-03T09:30:00Z), or as Jan 3 2000; another column: `timeColumn`';

const MICROS = { hour: 3_600e6, minute: 60e6, second: 1e6, millisecond: 1e3 };

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';
const CLOCK_OF_DAY =
  '(?<hour>\\d\\d?):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?)?\\s*(?<half>[ap]\\.?m\\.?)?\\s*(?<zone>z|utc|gmt|[+-][01]\\d(?::?[0-5]\\d)?)?';
const CLOCK = `(?:(?:[td]|,?\\s+)${CLOCK_OF_DAY})?`;

/** Each gives year, month and day in the named groups. */
const FORMS = [
  `(?<year>\\d{4})([-/])(?<month>\\d\\d?)(?:\\2(?<day>\\d\\d?))?`,
  `(?<year>\\d{4})\\.(?<month>\\d\\d?)\\.(?<day>\\d\\d?)`,
  `(?<year>\\d{4})(?<month>\\d\\d)(?<day>\\d\\d)`,
  `(?<month>${MONTH})\\s+(?<day>\\d\\d?)(?:,\\s*|\\s+)(?<year>\\d{4})`,
  `(?<day>\\d\\d?)[\\s-](?<month>${MONTH})[\\s-](?<year>\\d{4})`,
].map((date) => new RegExp(`^${date}${CLOCK}$`, 'i'));
/** 20240301T093000Z, the basic form of ISO 8601. */
const BASIC =
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)[t ](?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)?(?<zone>z|[+-]\d\d(?::?\d\d)?)?$/i;
/** 16/12/2006: which of the two is the month only a column tells. */
const TWO_NUMBERS = new RegExp(
  `^(?<one>\\d\\d?)([./-])(?<two>\\d\\d?)\\2(?<year>\\d{4})${CLOCK}$`,
  'i',
);
const OF_DAY = new RegExp(`^${CLOCK_OF_DAY}$`, 'i');
/** 18.00.00, as some languages write it. */
const OF_DAY_WITH_POINTS = /^(?<hour>\d\d?)\.(?<minute>\d\d)\.(?<second>\d\d)$/;
const WITH_CLOCK = /\d:\d\d|^\d{8}[t ]\d{4}/i;
const LONGEST = 64;

/** Which of two numbers in a date is the day. */
export type DayOrder = 'dmy' | 'mdy';

/**
 * A date with or without a time of day, as µs since 1970: ISO 8601, `Jan 1 2000`, `1 Jan 2000`;
 * with an `order` also 16/12/2006. Undefined when it is none of these, or no such day exists.
 */
export function parseDate(text: string, order?: DayOrder): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups !== undefined) return toMicros(groups);
  }
  const basic = BASIC.exec(text)?.groups;
  if (basic !== undefined) return toMicros(basic);
  const groups = order && TWO_NUMBERS.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const [day, month] = order === 'dmy' ? [groups.one, groups.two] : [groups.two, groups.one];
  return toMicros({ ...groups, day, month });
}

/**
 * The two numbers in the front of a date like 16/12/2006 or 1.2.2006, and what stands between them.
 */
export function twoNumbers(text: string): { one: number; two: number; mark: string } | undefined {
  const match = TWO_NUMBERS.exec(text);
  if (match?.groups === undefined) return undefined;
  return { one: Number(match.groups.one), two: Number(match.groups.two), mark: match[2] ?? '' };
}

/**
 * How a date with a time of day says its zone: by an offset from UTC, not at all, or (undefined) as
 * UTC. Undefined for a date alone, and for what is longer than any date.
 */
export function zoneOf(text: string): 'offset' | 'none' | undefined {
  if (text.length > LONGEST || !WITH_CLOCK.test(text)) return undefined;
  if (/[+-]\d\d(?::?\d\d)?$/.test(text)) return 'offset';
  return /(?:z|utc|gmt)$/i.test(text) ? undefined : 'none';
}

/** A date and nothing else: neither a time of day nor a bare number. */
export function isDayOnly(text: string): boolean {
  if (text.includes(':') || BASIC.test(text)) return false;
  if (/^\d+$/.test(text)) return text.length === 8 && parseDate(text) !== undefined;
  return parseDate(text) !== undefined || twoNumbers(text) !== undefined;
}

/** µs since midnight of 17:24:00, 9:30 or 9:30:00.5 PM; undefined for anything else. */
export function parseTimeOfDay(text: string): number | undefined {
  const groups = (OF_DAY.exec(text) ?? OF_DAY_WITH_POINTS.exec(text))?.groups;
  if (groups === undefined) return undefined;
  return toMicros({ ...groups, year: '1970' });
}

function toMicros(groups: Record<string, string | undefined>): number | undefined {
  const {
    year,
    month = '1',
    day = '1',
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    zone = '',
  } = groups;
  const hours = hourOfDay(Number(hour), groups.half);
  const monthIndex = monthNumber(month) - 1;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), monthIndex, Number(day));
  const exists = date.getUTCMonth() === monthIndex && date.getUTCDate() === Number(day);
  if (!exists || hours === undefined || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  return (
    date.getTime() * MICROS.millisecond +
    hours * MICROS.hour +
    Number(minute) * MICROS.minute +
    Number(second) * MICROS.second +
    Number(fraction.padEnd(6, '0').slice(0, 6)) -
    zoneOffset(zone)
  );
}

/** The hour from 0 to 23; undefined when there is none such. */
function hourOfDay(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour > 23 ? undefined : hour;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

function monthNumber(text: string): number {
  return MONTHS.indexOf(text.slice(0, 3).toLowerCase()) + 1 || Number(text);
}

/** Microseconds that the zone is ahead of UTC. */
function zoneOffset(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (match === null) return 0;
  const size = Number(match[2]) * MICROS.hour + Number(match[3] ?? 0) * MICROS.minute;
  return match[1] === '-' ? -size : size;
}
