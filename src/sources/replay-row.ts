/** What the two file formats of a replay have in common: names, limits, numbers and how a bad row is reported. */

import { LabError } from '../errors.js';

/** Column (or JSON member) that holds the key: the first of these that is there, in any case of letters. */
const KEY_NAMES = ['symbol', 'key', 'ticker', 'name', 'sensor', 'id'];

/** Column (or JSON member) that holds the time. */
const TIME_NAMES = ['time', 'timestamp', 'date', 'datetime', 'ts'];

/** Longest row, in bytes. Of CSV only the fields count, not what stands between them. */
export const MAX_ROW_BYTES = 1024 * 1024;

/** A recording's file, read whole. */
export interface RecordedFile {
  /** As the user wrote it. */
  readonly path: string;
  /** Valid UTF-8 without a byte order mark. */
  readonly bytes: Buffer;
  /** File name without folder and extension: the key of rows that have none of their own. */
  readonly baseName: string;
}

/** Where key and time stand among the names of a row; undefined when there is none. */
export interface RoleNames {
  readonly key: string | undefined;
  readonly time: string | undefined;
}

export function findRoles(names: readonly string[]): RoleNames {
  const folded = names.map((name) => name.trim().toLowerCase());
  const firstOf = (wanted: readonly string[]) => {
    const candidate = wanted.find((name) => folded.includes(name));
    return candidate === undefined ? undefined : names[folded.indexOf(candidate)];
  };
  return { key: firstOf(KEY_NAMES), time: firstOf(TIME_NAMES) };
}

/** The number that a plain finite decimal (the grammar of a JSON number) says, or undefined. */
export function parseDecimal(text: string): number | undefined {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** An error that points at a line of the file; `what` says what is wrong with it. */
export function malformed(path: string, line: number, what: string, hint?: string): LabError {
  const message = `--source replay: ${path}:${line}: ${what}`;
  return new LabError('LAB_ERR_SOURCE_MALFORMED', message, {
    hint: hint ?? 'correct or remove this line; nothing was published',
  });
}
