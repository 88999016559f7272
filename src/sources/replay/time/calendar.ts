import { parseDate } from './time-text.js';

/** Lengths of YYYYMMDD, YYYYMMDDHH, …HHMM, …HHMMSS and …HHMMSSmmm. */
const CALENDAR_LENGTHS: readonly number[] = [8, 10, 12, 14, 17];

/**
 * µs of a number that spells a date, 20240301 to 20240301093000123, UTC; with `years` also 2024.
 * Undefined for any other number: a year outside of 1800 to 2199 is none.
 */
export function calendarMicros(text: string, years: boolean): number | undefined {
  if (years && /^\d{4}$/.test(text)) return parseDate(`${text}-01`);
  if (!CALENDAR_LENGTHS.includes(text.length) || !/^(1[89]|2[01])\d+$/.test(text)) return undefined;
  // Ten digits count seconds as well: 1812010100 of 2027, and beyond 1970 none before 2032.
  if (text.length === 10 && text < '1970') return undefined;
  const part = (from: number, to: number): string => text.slice(from, to).padEnd(2, '0');
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  const fraction = text.slice(14).padEnd(3, '0');
  return parseDate(`${day}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}.${fraction}`);
}
