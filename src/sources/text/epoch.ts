/** Times that are written as bare numbers: counts from 1970 in some unit. */

import type { TimeUnit } from '../source.js';

export const TIME_UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns', 'calendar', 'dmy', 'mdy'];

/** What a number counts since 1970, or, `calendar`, spells. */
export type NumberUnit = 's' | 'ms' | 'us' | 'ns' | 'calendar';

/** How many places to the left of the point a whole unit has in µs. */
const PLACES: Readonly<Record<Exclude<NumberUnit, 'calendar'>, number>> = {
  s: 6,
  ms: 3,
  us: 0,
  ns: -3,
};

/** How a sentence names it. */
export const UNIT_NAMES: Readonly<Record<NumberUnit, string>> = {
  s: 'seconds since 1970',
  ms: 'milliseconds since 1970',
  us: 'microseconds since 1970',
  ns: 'nanoseconds since 1970',
  calendar: 'numbers that spell a date',
};

/**
 * Seconds since 1970 that a recording may well have: 1990 to 2100. The ranges of the four units do
 * not touch, so that a number in one of them tells its unit; one outside of all needs a word from
 * the user.
 */
const EARLIEST_S = 631_152_000;
const LATEST_S = 4_102_444_800;
/**
 * Nanoseconds begin later: what .NET counts for 2001 to 2100, steps of 100 ns since the year 1,
 * would else be a time of 1990.
 */
const EARLIEST_NS = 662_688_000e9;

/**
 * The unit in which this count since 1970 is a time from 1990 to 2100; undefined when there is
 * none.
 */
export function plausibleUnit(count: number): Exclude<NumberUnit, 'calendar'> | undefined {
  for (const [unit, perSecond] of [
    ['s', 1],
    ['ms', 1e3],
    ['us', 1e6],
  ] as const) {
    if (count >= EARLIEST_S * perSecond && count < LATEST_S * perSecond) return unit;
  }
  return count >= EARLIEST_NS && count < LATEST_S * 1e9 ? 'ns' : undefined;
}

/**
 * Spelled with an exponent and no more than the six digits that spreadsheets show: 1.70929E+12 is
 * all that is left of 1709285400123.
 */
export function isRounded(count: string): boolean {
  return /^-?\d(\.\d{1,5})?e\+?\d+$/i.test(count);
}

/** Whole µs in a count of these units; what is finer is cut off. Exact: read from the text. */
export function countMicros(
  text: string,
  unit: Exclude<NumberUnit, 'calendar'>,
): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent) + PLACES[unit];
  // Far beyond what any caller accepts: not worth as many digits.
  if (point > 400) return Number.POSITIVE_INFINITY;
  const digits = point <= 0 ? '0' : `${whole}${fraction}`.slice(0, point).padEnd(point, '0');
  const micros = Number(digits);
  return sign === '-' && micros > 0 ? -micros : micros;
}
