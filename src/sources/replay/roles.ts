/**
 * Which column (or JSON member) of a recording holds the time and which the key: by its name, or as
 * the user says.
 */
import { LabError } from '../../errors.js';
import type { ReplayColumns } from '../source.js';
import { listOf, plainName } from '../text/names.js';
import { excerpt } from '../text/wire-line.js';
import { isDayOnly, parseDate, parseTimeOfDay } from './time/time-text.js';

/** The key is the first of these that is there, compared as plain names. */
const KEY_NAMES = [
  'symbol',
  'key',
  'ticker',
  'name',
  'sensor',
  'id',
  'sym',
  'topic',
  'instrument',
  'device',
  'deviceid',
  'sensorid',
];

const TIME_NAMES = [
  'time',
  'timestamp',
  'date',
  'datetime',
  'ts',
  'timeutc',
  'timestamputc',
  'dateutc',
  'datetimeutc',
  'timestampms',
  'timestampus',
  'timestampns',
  'tsms',
  'tsus',
  'tsns',
  'timems',
  'timeus',
  'timens',
  'opentime',
  'eventtime',
  'windowstart',
  'tst',
];

const ROLE_NAMES: ReadonlySet<string> = new Set([...KEY_NAMES, ...TIME_NAMES]);

/** True for a plain name that by itself makes a column that of the keys or times. */
export function isRoleName(plain: string): boolean {
  return ROLE_NAMES.has(plain);
}

/** Says that there is none. */
const NONE = 'none';

export interface Roles {
  /** None, the one with the time, or the one with the date and the one with the time of day. */
  readonly time: readonly string[];
  readonly key: string | undefined;
}

/**
 * @param names all different
 * @param textOf what stands there in the first row
 * @throws LAB_ERR_BAD_VALUE when the user names a column that is not there
 */
export function findRoles(
  names: readonly string[],
  textOf: (name: string) => string,
  { timeColumn = null, keyColumn = null }: ReplayColumns,
): Roles {
  const plain = new Map<string, string>();
  for (const name of names) if (!plain.has(plainName(name))) plain.set(plainName(name), name);
  const first = (wanted: readonly string[]): string | undefined => {
    const found = wanted.find((name) => plain.has(name));
    return found === undefined ? undefined : plain.get(found);
  };
  return {
    time:
      timeColumn === null
        ? joined(first(TIME_NAMES) ?? unnamedDates(names, textOf), names, textOf)
        : timeNamed(timeColumn, names, textOf),
    key: keyColumn === null ? first(KEY_NAMES) : columnNamed('keyColumn', keyColumn, names),
  };
}

/** Columns of numbers that are hours of the day. */
const HOUR_NAMES: ReadonlySet<string> = new Set(['hour', 'hr', 'hhmm', 'hhmmss']);

/**
 * What to tell of times of day that are left among the values although the times are days, unless
 * the user said so: rows of one day then come as in the file, which may be from new to old.
 */
export function idleTimesOfDay(
  { time, key }: Roles,
  names: readonly string[],
  textOf: (name: string) => string,
  { timeColumn = null }: ReplayColumns,
): string[] {
  const [day] = time;
  if (timeColumn !== null || day === undefined || time.length > 1 || !isDayOnly(textOf(day)))
    return [];
  const isIdle = (name: string): boolean =>
    isTimeOfDay(textOf(name)) ||
    (HOUR_NAMES.has(plainName(name)) && /^\d{1,6}$/.test(textOf(name)));
  const idle = names.filter((name) => name !== day && name !== key && isIdle(name));
  if (idle.length === 0) return [];
  const which = `the times of day in ${listOf(idle)} are not taken`;
  return [
    `${which}: rows of one day come in the order of the file; to take one: \`timeColumn: 'DATE+TIME'\``,
  ];
}

/** The index that pandas writes first has no name. */
function unnamedDates(
  names: readonly string[],
  textOf: (name: string) => string,
): string | undefined {
  const isDate =
    names[0] === '' && !/^\d+$/.test(textOf('')) && parseDate(textOf('')) !== undefined;
  return isDate ? '' : undefined;
}

/** A time of day is no time: it wants the date beside it, and a day the time of day. */
function joined(
  chosen: string | undefined,
  names: readonly string[],
  textOf: (name: string) => string,
): readonly string[] {
  if (chosen === undefined) return [];
  const text = textOf(chosen);
  const others = names.filter((name) => name !== chosen);
  if (isTimeOfDay(text) || (plainName(chosen) === 'time' && /^\d{1,6}$/.test(text))) {
    refuseHalves(others, textOf, chosen);
    const date = only(
      others.filter((name) => isDayOnly(textOf(name))),
      'date',
    );
    return date === undefined ? [chosen] : [date, chosen];
  }
  if (!isDayOnly(text)) return [chosen];
  const ofDay = only(
    others.filter((name) => isTimeOfDay(textOf(name))),
    'time',
  );
  if (ofDay === undefined) return [chosen];
  refuseHalves(others, textOf, ofDay);
  return [chosen, ofDay];
}

/** 09:30 with its PM in a column of its own would be taken for the morning. */
function refuseHalves(
  names: readonly string[],
  textOf: (name: string) => string,
  ofDay: string,
): void {
  const half = names.find((name) => /^[ap]\.?m\.?$/i.test(textOf(name)));
  if (half === undefined) return;
  const what = `the times of day in ${excerpt(ofDay)} have their AM and PM in ${excerpt(half)}`;
  throw new LabError('LAB_ERR_BAD_VALUE', `source replay: ${what}`, {
    option: 'source',
    hint: 'bring both into one column of the file, or name another time: `timeColumn`',
  });
}

function isTimeOfDay(text: string): boolean {
  return parseTimeOfDay(text) !== undefined;
}

/** The one there is; of several the one of this name. */
function only(candidates: readonly string[], name: string): string | undefined {
  return candidates.length === 1
    ? candidates[0]
    : candidates.find((one) => plainName(one) === name);
}

/** A column, or two: `DATE+TIME`. */
function timeNamed(
  text: string,
  names: readonly string[],
  textOf: (name: string) => string,
): readonly string[] {
  const parts = text.split('+');
  if (parts.length === 2 && lookUp(text, names) === undefined) {
    const both = parts
      .map((part) => columnNamed('timeColumn', part, names))
      .filter((name) => name !== undefined);
    const [one, two] = both;
    return one !== undefined && two !== undefined && isTimeOfDay(textOf(one)) ? [two, one] : both;
  }
  const name = columnNamed('timeColumn', text, names);
  return name === undefined ? [] : [name];
}

/** @throws LAB_ERR_BAD_VALUE */
function columnNamed(option: string, text: string, names: readonly string[]): string | undefined {
  const name = lookUp(text, names);
  if (name !== undefined || text === NONE) return name;
  throw new LabError('LAB_ERR_BAD_VALUE', `${option} ${excerpt(text)}: there is no such column`, {
    option,
    value: text,
    hint: `the columns are: ${listOf(names)}; #1 is the first, ${NONE} says that there is none`,
  });
}

/** By its exact name, its plain name, or its number. */
function lookUp(text: string, names: readonly string[]): string | undefined {
  if (names.includes(text)) return text;
  const plain = plainName(text);
  const found = plain === '' ? undefined : names.find((name) => plainName(name) === plain);
  if (found !== undefined) return found;
  const [, number] = /^#([1-9]\d*)$/.exec(text) ?? [];
  return number === undefined ? undefined : names[Number(number) - 1];
}
