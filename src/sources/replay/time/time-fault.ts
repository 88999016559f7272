/** What the times of a column are read into, and what can be wrong with them. */
import type { TimeUnit } from '../../source.js';
import { excerpt } from '../../text/wire-line.js';
import { parseTimeOfDay, TIME_HINT } from './time-text.js';

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

export function notTime(row: number, text: string): TimeFault {
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

export function idleUnit(text: string, what: string, unit: TimeUnit): TimeFault {
  const hint = 'leave `timeUnit` out, or name another column: `timeColumn`';
  return new TimeFault(
    0,
    `${excerpt(text)} is ${what}: \`timeUnit\` ${unit} says nothing of it`,
    hint,
  );
}
