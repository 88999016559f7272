/** Why a file cannot be written, in the words of its user. */

import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { isFolderGone } from '../../src/process/fork-folder.js';
import { located } from './working-folder.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be larger than is allowed',
  EIO: 'the device reports an error',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * `LAB_ERR_EXPORT_PATH` before the work, `LAB_ERR_EXPORT_FAILED` when it is done and cannot be
 * written.
 */
export function explained(
  code: 'LAB_ERR_EXPORT_PATH' | 'LAB_ERR_EXPORT_FAILED',
  flag: string,
  path: string,
  error: unknown,
): LabError {
  if (error instanceof LabError) return error;
  const directory = dirname(located(path));
  const lacking = codeOf(error) === 'ENOENT';
  if (lacking && !isAbsolute(path) && isFolderGone()) {
    const hint = 'go to a folder that is there, or give an absolute path';
    return new LabError(
      code,
      `${flag} ${quoted(path)} cannot be written: the working folder is gone`,
      {
        hint,
      },
    );
  }
  const missing = lacking && !existsSync(directory);
  const reason = missing
    ? 'its directory does not exist'
    : lacking
      ? `${quoted(directory)} takes no files`
      : (REASONS[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error)));
  const hint = missing
    ? `make it first: mkdir -p ${quoted(dirname(path))}`
    : 'choose a path that you may write to';
  return new LabError(code, `${flag} ${quoted(path)} cannot be written: ${reason}`, {
    hint,
    cause: error,
  });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
