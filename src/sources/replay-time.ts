/**
 * Times as recordings write them, to integer microseconds since the Unix epoch. What names no zone is UTC, whatever the
 * zone of the machine: a replay must not depend on where it runs.
 */

import { parseDecimal } from './replay-row.js';

/** `epoch` counts from 1970 in a unit that only the whole file tells (see `epochUnit`); `micros` is final. */
export interface RecordedTime {
  readonly form: 'epoch' | 'micros';
  readonly value: number;
}

/** What to do about a time that `parseTime` does not know. */
export const TIME_HINT =
  'write times as seconds, ms, µs or ns since 1970, as ISO 8601 (2000-01-03T09:30:00Z), or as Jan 3 2000';

const MICROS = { hour: 3_600e6, minute: 60e6, second: 1e6, millisecond: 1e3 };

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';
const CLOCK =
  '(?:(?:t|,?\\s+)(?<hour>\\d\\d?):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?)?\\s*(?<zone>z|utc|gmt|[+-][01]\\d(?::?[0-5]\\d)?)?)?';

/** Each gives year, month and day in the named groups; two-number dates such as 1/2/2000 are ambiguous and refused. */
const DATE_FORMS = [
  `(?<year>\\d{4})(?:([-/])(?<month>\\d\\d?)(?:\\2(?<day>\\d\\d?))?)?`,
  `(?<year>\\d{4})(?<month>\\d\\d)(?<day>\\d\\d)`,
  `(?<month>${MONTH})\\s+(?<day>\\d\\d?)(?:,\\s*|\\s+)(?<year>\\d{4})`,
  `(?<day>\\d\\d?)[\\s-](?<month>${MONTH})[\\s-](?<year>\\d{4})`,
].map((date) => new RegExp(`^${date}${CLOCK}$`, 'i'));

/**
 * Reads one time: a number of seconds, milliseconds, microseconds or nanoseconds since the epoch, ISO 8601, `Jan 1 2000` or
 * `1 Jan 2000`, each date with or without a time of day. In a column called `date` a bare 20000103 or 2000 is a calendar
 * date, not a count. Undefined when it is none of these, or no such day exists.
 */
export function parseTime(column: string, raw: string | number): RecordedTime | undefined {
  const text = String(raw).trim();
  const calendar = column.trim().toLowerCase() === 'date' && /^\d{4}(\d{4})?$/.test(text);
  const count = calendar ? undefined : parseDecimal(text);
  if (count !== undefined) return { form: 'epoch', value: count };
  const value = parseDate(text);
  return value === undefined ? undefined : { form: 'micros', value };
}

/**
 * Microseconds in one unit of a file's epoch times, from the largest of them: the longest of second, millisecond,
 * microsecond and nanosecond in which that time still is before the year 2255, where microseconds outgrow a double.
 */
export function epochUnit(largest: number): number {
  for (const unit of [MICROS.second, MICROS.millisecond, 1]) {
    if (largest * unit <= Number.MAX_SAFE_INTEGER) return unit;
  }
  return 1e-3;
}

function parseDate(text: string): number | undefined {
  for (const form of DATE_FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups !== undefined) return toMicros(groups);
  }
  return undefined;
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
  const monthIndex = monthNumber(month) - 1;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), monthIndex, Number(day));
  const exists = date.getUTCMonth() === monthIndex && date.getUTCDate() === Number(day);
  if (!exists || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return (
    date.getTime() * MICROS.millisecond +
    Number(hour) * MICROS.hour +
    Number(minute) * MICROS.minute +
    Number(second) * MICROS.second +
    Number(fraction.padEnd(6, '0').slice(0, 6)) -
    zoneOffset(zone)
  );
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
