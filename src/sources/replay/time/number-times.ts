/** Times that are numbers: counts since 1970, or digits that spell a date. */
import type { TimeUnit } from '../../source.js';
import {
  countMicros,
  isRounded,
  type NumberUnit,
  plausibleUnit,
  UNIT_NAMES,
} from '../../text/epoch.js';
import { plainName } from '../../text/names.js';
import { excerpt } from '../../text/wire-line.js';
import { calendarMicros } from './calendar.js';
import { nanosOf } from './nanos.js';
import { idleUnit, type TimeColumn, TimeFault, type TimeOptions } from './time-fault.js';

const UNIT_HINT =
  'say the unit: `timeUnit` s, ms, us or ns (from any zero), or calendar for numbers like 20240301';

export function readNumbers(texts: readonly string[], options: TimeOptions): TimeColumn {
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
