/**
 * The times of a whole recording, from their texts to µs since 1970. What one row alone does not
 * say, the column does: the unit of bare numbers, and which number of 3/12/2024 is the day. Nothing
 * is guessed that another row, or nobody, contradicts: where two readings remain the recording is
 * refused, and the option `timeUnit` says which.
 */

import type { TimeUnit } from '../../source.js';
import {
  countMicros,
  isRounded,
  type NumberUnit,
  plausibleUnit,
  UNIT_NAMES,
} from '../../text/epoch.js';
import { isDecimal } from '../../text/exact-number.js';
import { plainName } from '../../text/names.js';
import { excerpt } from '../../text/wire-line.js';
import { calendarMicros } from './calendar.js';
import {
  type DayOrder,
  parseDate,
  parseTimeOfDay,
  TIME_HINT,
  twoNumbers,
  zoneOf,
} from './time-text.js';

/** What is wrong with the time of a row, before its line is known. */
export class TimeFault extends Error {
  /** From 0. */
  readonly row: number;
  readonly hint: string | undefined;

  constructor(row: number, message: string, hint?: string) {
    super(message);
    this.row = row;
    this.hint = hint;
  }
}

export interface TimeColumn {
  /** µs since 1970, a time for each text. */
  readonly micros: readonly number[];
  /** What they have below a microsecond, ns: only their order goes by it. Absent without. */
  readonly nanos?: readonly number[] | undefined;
  /** How they were written, for people. */
  readonly form: string;
}

/** What else is known of a column. */
export interface TimeOptions {
  readonly name: string;
  /** What the user says the numbers are. */
  readonly unit: TimeUnit | null;
  /** How an error names a row: `the row at line 2`. */
  readonly place: (row: number) => string;
}

const UNIT_HINT =
  'say the unit: `timeUnit` s, ms, us or ns (from any zero), or calendar for numbers like 20240301';

/** @throws TimeFault */
export function readTimes(texts: readonly string[], options: TimeOptions): TimeColumn {
  const numeric = isDecimal(texts[0] ?? '');
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] as string;
    if (text === '') throw new TimeFault(row, 'the time is empty', TIME_HINT);
    if (isDecimal(text) === numeric) continue;
    if (numeric && parseDate(text, 'dmy') === undefined && parseDate(text, 'mdy') === undefined)
      throw notTime(row, text);
    throw new TimeFault(
      row,
      `this row has ${SAID[numeric ? 'date' : 'number']}, but ${options.place(0)} has ${SAID[numeric ? 'number' : 'date']}`,
      'give every row its time in the same form',
    );
  }
  return numeric ? readNumbers(texts, options) : readDates(texts, options);
}

const SAID = { number: 'a number as its time', date: 'a date as its time' } as const;

function notTime(row: number, text: string): TimeFault {
  if (parseTimeOfDay(text) !== undefined) {
    const hint = "name the column with the date too: `timeColumn: 'DATE+TIME'`, or give full times";
    return new TimeFault(row, `${excerpt(text)} is a time of day without a date`, hint);
  }
  // A name: the header of a second file.
  const hint = /^[\p{L}_ ]+$/u.test(text)
    ? 'if this is another header line, remove it; the first one must be the only one'
    : TIME_HINT;
  return new TimeFault(row, `${excerpt(text)} is not a time`, hint);
}

function readNumbers(texts: readonly string[], options: TimeOptions): TimeColumn {
  const { unit, place } = options;
  if (unit === 'dmy' || unit === 'mdy') throw idleUnit(texts[0] ?? '', 'a number', unit);
  if (unit === 'calendar' || (isNumberUnit(unit) === false && looksLikeCalendar(texts, options))) {
    return {
      micros: texts.map((text, row) => calendarOf(text, row, texts, options)),
      form: UNIT_NAMES.calendar,
    };
  }
  const known = isNumberUnit(unit) ? unit : undefined;
  const first = known ?? plausibleUnit(Number(texts[0]));
  if (first === undefined) throw implausible(0, texts[0] ?? '');
  if (known === undefined && texts.length > 1 && texts.every(isRounded))
    throw rounded(texts[0] ?? '');
  const micros = texts.map((text, row) => {
    if (known === undefined) {
      const own = plausibleUnit(Number(text));
      if (own === undefined) throw implausible(row, text);
      if (own !== first) {
        const what = `${excerpt(text)} counts ${UNIT_NAMES[own]}, but ${place(0)} ${UNIT_NAMES[first]}`;
        throw new TimeFault(
          row,
          what,
          'bring both parts of the file to one unit, or replay them one by one',
        );
      }
    }
    return countMicros(text, first) ?? Number.NaN;
  });
  return { micros, nanos: nanosOf(texts, first), form: UNIT_NAMES[first] };
}

/** Where the digits below a microsecond stand. */
const BELOW_MICROS: Readonly<Record<Exclude<NumberUnit, 'calendar'>, RegExp>> = {
  s: /[.,]\d{6}(\d{1,3})/,
  ms: /\.\d{3}(\d{1,3})/,
  us: /\.(\d{1,3})/,
  ns: /(\d{3})$/,
};

/** What the times have below a microsecond, ns; undefined when none has anything. */
function nanosOf(
  texts: readonly string[],
  unit: Exclude<NumberUnit, 'calendar'>,
): readonly number[] | undefined {
  const pattern = BELOW_MICROS[unit];
  if (!texts.some((text) => pattern.test(text))) return undefined;
  return texts.map((text) => Number((pattern.exec(text)?.[1] ?? '').padEnd(3, '0')));
}

/**
 * The times of lines in the lab's own form, which are µs; others need a word.
 * @throws TimeFault
 */
export function readWireTimes(texts: readonly string[], unit: TimeUnit | null): TimeColumn {
  const known = isNumberUnit(unit) ? unit : undefined;
  if (unit !== null && known === undefined) throw idleUnit(texts[0] ?? '', 'a count', unit);
  const micros = texts.map((text, row) => {
    const own = plausibleUnit(Number(text));
    if (known === undefined && own !== 'us') throw wireFault(row, text, own);
    return countMicros(text, known ?? 'us') ?? Number.NaN;
  });
  return { micros, form: UNIT_NAMES[known ?? 'us'] };
}

function wireFault(
  row: number,
  text: string,
  unit: Exclude<NumberUnit, 'calendar'> | undefined,
): TimeFault {
  const seems = unit === undefined ? 'no time from 1990 to 2100' : UNIT_NAMES[unit];
  const what = `"time" of the lab's own form is microseconds since 1970, and ${excerpt(text)} seems to be ${seems}`;
  return new TimeFault(row, what, `say what it is: \`timeUnit: '${unit ?? 'us'}'\``);
}

function isNumberUnit(unit: TimeUnit | null): unit is Exclude<NumberUnit, 'calendar'> {
  return unit === 's' || unit === 'ms' || unit === 'us' || unit === 'ns';
}

function rounded(text: string): TimeFault {
  const what = `the time ${excerpt(text)} has lost its last digits, as in a spreadsheet that shows six`;
  return new TimeFault(
    0,
    what,
    'export all digits; if none is missing, `timeUnit` s, ms, us or ns',
  );
}

function implausible(row: number, text: string): TimeFault {
  const what = `the time ${excerpt(text)} lies outside of 1990 to 2100 as s, ms, µs and ns since 1970, and spells no date`;
  return new TimeFault(row, what, UNIT_HINT);
}

/**
 * The first row decides; YYYYMMDDHH could be seconds of after 2030 as well, and there all rows must
 * agree.
 */
function looksLikeCalendar(texts: readonly string[], { name }: TimeOptions): boolean {
  const years = plainName(name) === 'date';
  const [first = ''] = texts;
  if (calendarMicros(first, years) === undefined) return false;
  return first.length !== 10 || texts.every((text) => calendarMicros(text, years) !== undefined);
}

function calendarOf(
  text: string,
  row: number,
  [first = '']: readonly string[],
  options: TimeOptions,
): number {
  const micros = calendarMicros(text, true);
  if (micros === undefined) {
    throw new TimeFault(
      row,
      `${excerpt(text)} is not a time: it spells no date like 20240301`,
      UNIT_HINT,
    );
  }
  if (text.length !== first.length) {
    const what = `${excerpt(text)} has ${text.length} digits, but the time of ${options.place(0)} ${first.length}`;
    throw new TimeFault(row, what, 'give every row its time in the same form');
  }
  return micros;
}

function idleUnit(text: string, what: string, unit: TimeUnit): TimeFault {
  const hint = 'leave `timeUnit` out, or name another column: `timeColumn`';
  return new TimeFault(
    0,
    `${excerpt(text)} is ${what}: \`timeUnit\` ${unit} says nothing of it`,
    hint,
  );
}

function readDates(texts: readonly string[], options: TimeOptions): TimeColumn {
  const { unit } = options;
  if (unit !== null && unit !== 'dmy' && unit !== 'mdy')
    throw idleUnit(texts[0] ?? '', 'a date', unit);
  refuseMixedZones(texts, options);
  const order = dayOrder(texts, options);
  const micros = texts.map((text, row) => {
    const time = parseDate(text, order);
    if (time === undefined) throw notTime(row, text);
    return time;
  });
  return {
    micros,
    nanos: nanosOf(texts, 's'),
    form: order === undefined ? 'dates' : `dates, ${order === 'dmy' ? 'day' : 'month'} first`,
  };
}

/**
 * Where others are so many hours off UTC, a time that names no zone is hardly UTC.
 * @throws TimeFault
 */
function refuseMixedZones(texts: readonly string[], { place }: TimeOptions): void {
  const off = texts.findIndex((text) => zoneOf(text) === 'offset');
  const none = off < 0 ? -1 : texts.findIndex((text) => zoneOf(text) === 'none');
  if (none < 0) return;
  const row = Math.max(off, none);
  const [has, other] = row === none ? ['no zone', 'one'] : ['a zone', 'none'];
  const what = `${excerpt(texts[row] as string)} names ${has}, but the time of ${place(Math.min(off, none))} ${other}`;
  throw new TimeFault(row, what, 'give every row its zone');
}

/**
 * Which of the two numbers of 16/12/2006 is the day: what the user says, else the one above 12,
 * else, with points, the first.
 */
function dayOrder(texts: readonly string[], { unit }: TimeOptions): DayOrder | undefined {
  if (unit === 'dmy' || unit === 'mdy') return unit;
  let order: DayOrder | undefined;
  let open: { readonly row: number; readonly mark: string } | undefined;
  for (let row = 0; row < texts.length; row++) {
    const numbers = twoNumbers(texts[row] as string);
    if (numbers === undefined) continue;
    const { one, two, mark } = numbers;
    open ??= { row, mark };
    const said = one > 12 ? 'dmy' : two > 12 ? 'mdy' : undefined;
    if (said !== undefined && order !== undefined && said !== order) {
      const what = `day and month of ${excerpt(texts[row] as string)} stand the other way round than in a row before`;
      throw new TimeFault(row, what, 'write dates as 2006-12-16');
    }
    order ??= said;
  }
  if (open === undefined || order !== undefined) return order;
  if (open.mark === '.') return 'dmy';
  const text = excerpt(texts[open.row] as string);
  const hint = "say which: `timeUnit: 'dmy'` or `timeUnit: 'mdy'`; or write dates as 2006-12-16";
  throw new TimeFault(
    open.row,
    `${text} is not a time: the day may be the first number or the second`,
    hint,
  );
}

/**
 * Times of day, µs since midnight: 17:24:00 and 5:24 PM, or digits, 930 and 1724 or 93000 and
 * 172400.
 * @throws TimeFault
 */
export function readTimesOfDay(texts: readonly string[]): TimeColumn {
  const digits = texts.every((text) => /^\d{1,6}$/.test(text));
  const withSeconds = digits && texts.some(({ length }) => length > 4);
  // 9 and 10 may be hours or minutes.
  if (
    digits &&
    !withSeconds &&
    texts.every((text) => Number(text) < 60) &&
    texts.some((text) => Number(text) > 0)
  ) {
    const hint = 'write times of day as 09:30 or 0930';
    throw new TimeFault(
      0,
      `${excerpt(texts[0] ?? '')} is not a time of day: it may count hours or minutes`,
      hint,
    );
  }
  const micros = texts.map((text, row) => {
    const padded = text.padStart(withSeconds ? 6 : 4, '0');
    const time = parseTimeOfDay(digits ? padded.replace(/\B(?=(\d\d)+$)/g, ':') : text);
    if (time !== undefined) return time;
    throw new TimeFault(
      row,
      text === '' ? 'the time of day is empty' : `${excerpt(text)} is not a time of day`,
      TIME_HINT,
    );
  });
  return {
    micros,
    nanos: nanosOf(texts, 's'),
    form: !digits
      ? 'times of day'
      : withSeconds
        ? 'times of day as HHMMSS'
        : 'times of day as HHMM',
  };
}
