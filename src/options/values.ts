/**
 * Values of options, from text to value. Pure. Numbers are plain, rates and shares apart
 * whole, with the suffixes that the option allows: an exponent, a sign or a fraction is more often
 * a slip than a wish, and a benchmark must not guess. `flag` is what messages call the option.
 */
import { type ErrorCode, LabError } from '../errors.js';
import { nearest } from './suggest.js';
import {
  BINARY,
  BIT_RATE,
  bitRateText,
  bytesText,
  countText,
  DECIMAL,
  durationText,
  FINE_TIME,
  microsText,
  percentText,
  TIME,
  type Unit,
} from './value-text.js';

/** Allowed values, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The error of a flag whose value is not valid. */
export function badValue(flag: string, value: string, problem: string, hint: string): LabError {
  return new LabError('LAB_ERR_BAD_VALUE', `${flag} ${quoted(value)} ${problem}`, { hint });
}

/** A value as an error message shows it: on one line, never long. */
export function quoted(value: string): string {
  const text = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return `'${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escaped)}'`;
}

function escaped(char: string): string {
  const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
  const code = char.charCodeAt(0);
  return (
    named ??
    (code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
  );
}

/** A whole number without suffix. @throws LAB_ERR_BAD_VALUE */
export function parseInteger(flag: string, text: string, range: Range): number {
  if (!/^\d+$/.test(text)) {
    throw badValue(
      flag,
      text,
      `is not a whole number (allowed: ${spelled(range, String)})`,
      'write digits only',
    );
  }
  return inRange(flag, text, Number(text), range, String);
}

/** A count or rate: `250`, `20k`, `1M`. @throws LAB_ERR_BAD_VALUE */
export function parseCount(flag: string, text: string, range: Range): number {
  return scaled(flag, text, range, DECIMAL, countText, 'k = 1000, M = 1000000: 250, 20k, 1M');
}

/**
 * Messages/s, of which there may be less than one: `250`, `20k`, `0.2`. @throws LAB_ERR_BAD_VALUE
 */
export function parseRate(flag: string, text: string, range: Range): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]?)$/i.exec(text);
  const unit = DECIMAL.find(({ suffix }) => suffix === match?.[2]);
  if (match === null || unit === undefined) {
    const problem = `is not a rate (allowed: ${spelled(range, countText)})`;
    throw badValue(flag, text, problem, 'k = 1000, M = 1000000: 0.2, 250, 20k, 1M');
  }
  const value = moved(match[1]!, Math.log10(unit.factor));
  return inRange(flag, text, value, range, countText);
}

/** Bytes: `40`, `64k`, `1M`. @throws LAB_ERR_BAD_VALUE */
export function parseBytes(flag: string, text: string, range: Range): number {
  return scaled(flag, text, range, BINARY, bytesText, 'k = 1024, M = 1048576: 40, 64k, 1M');
}

/**
 * Milliseconds from `300ms`, `10s`, `1m30s`, `2h`; a bare `0` is no time at all. @throws
 * LAB_ERR_BAD_VALUE
 */
export function parseDuration(flag: string, text: string, range: Range): number {
  return composed(flag, text, range, TIME, durationText, '300ms, 10s, 1m30s, 2h');
}

/** Microseconds from `500us`, `20ms`, `42ms500us` and all that `parseDuration` reads. @throws as it */
export function parseMicros(flag: string, text: string, range: Range): number {
  return composed(flag, text, range, FINE_TIME, microsText, '500us, 20ms, 42ms500us, 1m30s');
}

/** Bits a second from `384kbit`, `1.6mbit`, `1gbit`; whole ones. @throws LAB_ERR_BAD_VALUE */
export function parseBitRate(flag: string, text: string, range: Range): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text);
  const unit = BIT_RATE.find(({ suffix }) => suffix === match?.[2]);
  const value = unit === undefined ? Number.NaN : moved(match![1]!, Math.log10(unit.factor));
  if (!Number.isInteger(value)) {
    const problem = `is not a bit rate (allowed: ${spelled(range, bitRateText)})`;
    throw badValue(flag, text, problem, 'bit, kbit, mbit, gbit: 384kbit, 1.6mbit, 1gbit');
  }
  return inRange(flag, text, value, range, bitRateText);
}

/** A factor that may have a fraction: `0.5`, `10`. @throws LAB_ERR_BAD_VALUE */
export function parseFactor(flag: string, text: string, range: Range): number {
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw badValue(
      flag,
      text,
      `is not a factor (allowed: ${spelled(range, String)})`,
      'write it plainly: 0.5, 1, 10',
    );
  }
  return inRange(flag, text, Number(text), range, String);
}

/**
 * True for a host name or IP address. Whatever passes cannot be read as a flag (no leading `-` or
 * `/`).
 */
export function isHost(host: string): boolean {
  return host.length <= 255 && /^[0-9A-Za-z_:][0-9A-Za-z_.:%-]*$/.test(host);
}

/** A name or address; that it exists shows only when it is used. @throws LAB_ERR_BAD_VALUE */
export function parseHost(flag: string, text: string): string {
  if (isHost(text)) return text;
  throw badValue(
    flag,
    text,
    'is not a host name or address',
    'write it like 127.0.0.1, ::1 or localhost',
  );
}

/** A share from `5%` or `2.5%`; `range` is of shares, 0.05. @throws LAB_ERR_BAD_VALUE */
export function parsePercent(flag: string, text: string, range: Range): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null) {
    const problem = `is not a percentage (allowed: ${spelled(range, percentText)})`;
    throw badValue(flag, text, problem, 'write it with its sign: 5%, 2.5%');
  }
  return inRange(flag, text, moved(match[1]!, -2), range, percentText);
}

/** One of some names, or an error that names the nearest. @throws `code` */
export function parseName(
  flag: string,
  text: string,
  names: readonly string[],
  code: ErrorCode,
): string {
  if (names.includes(text)) return text;
  const guess = nearest(text, names);
  throw new LabError(code, `${flag} ${quoted(text)} is not known`, {
    hint: `${guess === undefined ? '' : `did you mean ${guess}? `}choose from: ${names.join(', ')}`,
  });
}

/**
 * The items of a comma list. None may be empty or, as a value, come twice. @throws
 * LAB_ERR_BAD_VALUE
 */
export function parseList<T>(flag: string, text: string, parseItem: (item: string) => T): T[] {
  const items: T[] = [];
  for (const part of text.split(',')) {
    const item = part.trim();
    if (item === '') {
      throw badValue(flag, text, 'has an empty item', 'separate values with single commas: a,b');
    }
    const value = parseItem(item);
    if (items.includes(value)) {
      throw badValue(flag, text, `names ${quoted(item)} twice`, 'name each value once');
    }
    items.push(value);
  }
  return items;
}

/** By moving the point: 1.1k is 1100, and 5% is 0.05, and not a neighbour of it. */
function moved(digits: string, places: number): number {
  return Number(`${digits}e${places}`);
}

function composed(
  flag: string,
  text: string,
  range: Range,
  units: readonly Unit[],
  format: (value: number) => string,
  examples: string,
): number {
  if (text === '0') return inRange(flag, text, 0, range, format);
  const parts = units.map(({ suffix }) => `(?:(\\d+)${suffix})?`).join('');
  const match = new RegExp(`^${parts}$`).exec(text);
  if (match === null || text === '') {
    const problem = `is not a duration (allowed: ${spelled(range, format)})`;
    throw badValue(flag, text, problem, `write it with its unit: ${examples}`);
  }
  const value = units.reduce((sum, { factor }, i) => sum + Number(match[i + 1] ?? 0) * factor, 0);
  return inRange(flag, text, value, range, format);
}

function scaled(
  flag: string,
  text: string,
  range: Range,
  units: readonly Unit[],
  format: (value: number) => string,
  hint: string,
): number {
  const match = /^(\d+)([a-z]?)$/i.exec(text);
  const unit = units.find(({ suffix }) => suffix === match?.[2]);
  if (match === null || unit === undefined) {
    throw badValue(flag, text, `is not a whole number (allowed: ${spelled(range, format)})`, hint);
  }
  return inRange(flag, text, Number(match[1]) * unit.factor, range, format);
}

function inRange(
  flag: string,
  text: string,
  value: number,
  range: Range,
  format: (value: number) => string,
): number {
  if (value >= range.min && value <= range.max) return value;
  throw badValue(flag, text, 'is out of range', `allowed: ${spelled(range, format)}`);
}

function spelled({ min, max }: Range, format: (value: number) => string): string {
  return `${format(min)} to ${format(max)}`;
}
