/**
 * What `replay:` is told: a file, and behind it what its columns are,
 * `trades.csv?time=ts&key=pair&unit=ms`.
 */
import { LabError } from '../../errors.js';
import type { ReplayColumns, TimeUnit } from '../source.js';
import { TIME_UNITS } from '../text/epoch.js';
import { excerpt } from '../text/wire-line.js';

export interface ReplaySpec {
  readonly path: string;
  readonly columns: ReplayColumns;
}

const MEMBERS = { time: 'timeColumn', key: 'keyColumn', unit: 'timeUnit' } as const;
const HINT =
  'write replay:FILE?time=NAME&key=NAME&unit=ms, with %26 for a & in a name; a file whose own name has such an end takes another ? behind it';

/**
 * What stands behind the last `?` says what the columns are when it begins with `name=`, and
 * nothing when it is empty; any other `?` is part of the file's name. So `what?.csv` is a file, and
 * `what?a=b?` the file `what?a=b`.
 * @throws LAB_ERR_BAD_VALUE
 */
export function parseReplaySpec(argument: string): ReplaySpec {
  const mark = argument.lastIndexOf('?');
  const said = argument.slice(mark + 1);
  if (mark < 0 || (said !== '' && !/^[a-z]+=/i.test(said))) return { path: argument, columns: {} };
  const path = argument.slice(0, mark);
  const columns: Record<string, string> = {};
  for (const pair of said === '' ? [] : said.split('&')) {
    const [, name = '', text = ''] = /^([^=]*)=(.*)$/su.exec(pair) ?? [];
    const member = Object.hasOwn(MEMBERS, name) ? MEMBERS[name as keyof typeof MEMBERS] : undefined;
    if (member === undefined) throw refused(pair, 'is not known');
    if (columns[member] !== undefined) throw refused(pair, 'is said twice');
    if (text === '') throw refused(pair, 'says nothing');
    columns[member] = member === 'timeUnit' ? timeUnitOf(text) : decoded(text, pair);
  }
  return { path, columns };
}

/** @throws LAB_ERR_BAD_VALUE */
function timeUnitOf(text: string): TimeUnit {
  const unit = TIME_UNITS.find((one) => one === (text === 'µs' ? 'us' : text));
  if (unit !== undefined) return unit;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `source replay: ${excerpt(text)} is not a unit of times`,
    {
      option: 'source',
      hint: `use one of: ${TIME_UNITS.join(', ')}`,
    },
  );
}

function decoded(text: string, pair: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused(pair, 'holds a % that begins no %XX');
  }
}

function refused(pair: string, problem: string): LabError {
  return new LabError(
    'LAB_ERR_BAD_VALUE',
    `source replay: ${excerpt(pair)} behind the ? ${problem}`,
    {
      option: 'source',
      hint: HINT,
    },
  );
}
