/**
 * The times of a whole recording, from their texts to µs since 1970. What one row alone does not
 * say, the column does: the unit of bare numbers, and which number of 3/12/2024 is the day. Nothing
 * is guessed that another row, or nobody, contradicts: where two readings remain the recording is
 * refused, and the option `timeUnit` says which.
 */
import { isDecimal } from '../../text/exact-number.js';
import { readDates } from './date-times.js';
import { readNumbers } from './number-times.js';
import { notTime, type TimeColumn, TimeFault, type TimeOptions } from './time-fault.js';
import { parseDate, TIME_HINT } from './time-text.js';

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
