/** Times that are dates. */
import { excerpt } from '../../text/wire-line.js';
import { nanosOf } from './nanos.js';
import { idleUnit, notTime, type TimeColumn, TimeFault, type TimeOptions } from './time-fault.js';
import { type DayOrder, parseDate, twoNumbers, zoneOf } from './time-text.js';

export function readDates(texts: readonly string[], options: TimeOptions): TimeColumn {
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
