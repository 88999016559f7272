/** Times of day, to be added to a date. */
import { excerpt } from '../../text/wire-line.js';
import { nanosOf } from './nanos.js';
import { type TimeColumn, TimeFault } from './time-fault.js';
import { parseTimeOfDay, TIME_HINT } from './time-text.js';

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
