/** What the two file formats of a replay have in common: limits and how a bad row is reported. */

import { LabError } from '../../errors.js';
import type { ReplayColumns, SourceOptions } from '../source.js';

/** Most rows of a recording: with the limit on its bytes it bounds the memory it takes. */
const MAX_ROWS = 2_000_000;

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

/** What the user says about a recording, and who is told what is odd about it. */
export type ReplayOptions = ReplayColumns & Pick<SourceOptions, 'onNotice'>;

/**
 * @throws LAB_ERR_SOURCE_MALFORMED for the row at `line` when there are as many as may be before it
 */
export function tooManyRows(path: string, line: number, before: number): void {
  if (before < MAX_ROWS) return;
  throw malformed(path, line, `more than ${MAX_ROWS} rows`, 'replay a part of the recording');
}

/** An error that points at a line of the file; `what` says what is wrong with it. */
export function malformed(path: string, line: number, what: string, hint?: string): LabError {
  const message = `source replay: ${path}:${line}: ${what}`;
  return new LabError('LAB_ERR_SOURCE_MALFORMED', message, {
    option: 'source',
    hint: hint ?? 'correct or remove this line; nothing was published',
  });
}
