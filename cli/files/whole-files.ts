/**
 * Files the user gets. Each appears whole or not at all, and whether it can be written is known
 * before the work begins.
 */
import { randomUUID } from 'node:crypto';
import { constants, existsSync, mkdirSync, type Stats, statSync } from 'node:fs';
import {
  access,
  mkdtemp,
  open,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { isFolderGone } from '../../src/process/fork-folder.js';
import { synced } from './synced.js';
import { located } from './working-folder.js';

/**
 * Finds out whether `path` can be written, leaving nothing behind.
 * @throws LAB_ERR_EXPORT_PATH
 */
export async function checkExport(flag: string, path: string): Promise<void> {
  if (path === '') throw refusal(flag, path, 'is not a file name', 'name a file, or - for stdout');
  try {
    const found = await statOf(path);
    if (found?.isDirectory())
      throw refusal(
        flag,
        path,
        'is a directory',
        `name a file in it, like ${join(path, 'result')}`,
      );
    if (found !== undefined) await access(path, constants.W_OK);
    if (found !== undefined && !found.isFile()) return;
    const probe = temporaryName(await target(path));
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    throw explained('LAB_ERR_EXPORT_PATH', flag, path, error);
  }
}

/**
 * For what cannot be made again: refuses a file with something in it. Devices, pipes and empty
 * files are fine. Synchronous, so that nothing comes between it and opening the file.
 * @throws LAB_ERR_EXPORT_PATH
 */
export function checkUnused(flag: string, path: string, force: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size === 0) return;
  throw refusal(
    flag,
    path,
    `is there already, with ${found.size} bytes in it`,
    `name another file, or overwrite it with ${force}`,
  );
}

/**
 * Finds out whether files can be put into the directory `path`, which need not exist, leaving
 * nothing behind.
 * @throws LAB_ERR_EXPORT_PATH
 */
export async function checkDirectory(flag: string, path: string): Promise<void> {
  try {
    let nearest = located(path);
    let found = await statOf(nearest);
    while (found === undefined && dirname(nearest) !== nearest) {
      nearest = dirname(nearest);
      found = await statOf(nearest);
    }
    if (!found?.isDirectory())
      throw refusal(
        flag,
        path,
        `cannot be made: ${quoted(nearest)} is a file`,
        'name another directory',
      );
    await access(nearest, constants.W_OK | constants.X_OK);
    await checkTakes(flag, path, nearest);
  } catch (error) {
    throw explained('LAB_ERR_EXPORT_PATH', flag, path, error);
  }
}

/**
 * Writes a file through a temporary one beside it. Devices and pipes are written to directly,
 * symbolic links followed.
 * @throws LAB_ERR_EXPORT_FAILED
 */
export async function writeExport(flag: string, path: string, text: string): Promise<void> {
  try {
    const found = await statOf(path);
    if (found !== undefined && !found.isFile()) return await writeFile(path, text);
    const final = await target(path);
    const temporary = temporaryName(final);
    try {
      await writeWhole(temporary, text);
      await rename(temporary, final);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw explained('LAB_ERR_EXPORT_FAILED', flag, path, error);
  }
}

/**
 * A new file. On the disk before it has its name: a power cut must not leave half of it, or zeros,
 * under that.
 */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await synced(file);
  } finally {
    await file.close();
  }
}

/**
 * Writes files (relative name → text) into `directory`, which is made when it is missing. @throws
 * LAB_ERR_EXPORT_FAILED
 */
export async function writeFiles(
  flag: string,
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, text] of files) {
    const path = join(directory, name);
    try {
      makeDirectory(dirname(path));
    } catch (error) {
      throw explained('LAB_ERR_EXPORT_FAILED', flag, directory, error);
    }
    await writeExport(flag, path, text);
  }
}

/**
 * Makes a new directory in `parent`, which is made when it is missing: the first free of `name`,
 * `name-2`, … It is nobody else's, however many ask at the same moment. Synchronous, as it may be
 * needed in the middle of a run.
 * @returns its path
 * @throws LAB_ERR_EXPORT_FAILED
 */
export function claimDirectory(flag: string, parent: string, name: string): string {
  try {
    makeDirectory(parent);
    for (let n = 1; ; n++) {
      const path = join(located(parent), n === 1 ? name : `${name}-${n}`);
      if (makeOne(path)) return path;
    }
  } catch (error) {
    throw explained('LAB_ERR_EXPORT_FAILED', flag, parent, error);
  }
}

/** There are directories that may be written to and yet take nothing: /proc. */
async function checkTakes(flag: string, path: string, directory: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(directory, '.lab-')));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || isLost(path)) throw error;
    throw refusal(
      flag,
      path,
      `cannot be made: ${quoted(directory)} takes no files`,
      'name another directory',
    );
  }
}

/**
 * Like `mkdir -p`. Node's own `recursive` takes "no such file" for a missing parent, makes that and
 * tries again, for ever where the parent is there (/proc).
 */
function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (
    let at = located(path);
    statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at;
    at = dirname(at)
  ) {
    missing.unshift(at);
  }
  for (const one of missing) makeOne(one);
}

/** False when something of that name is there already: somebody else was quicker. */
function makeOne(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where a rename has to go so that a symbolic link stays one. */
async function target(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return located(path);
  }
}

function temporaryName(path: string): string {
  // Processes of two machines may write into one directory, with the same id.
  return join(dirname(path), `.lab-${randomUUID()}.tmp`);
}

function refusal(flag: string, path: string, problem: string, hint: string): LabError {
  return new LabError('LAB_ERR_EXPORT_PATH', `${flag} ${quoted(path)} ${problem}`, { hint });
}

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

/** It says where from the working folder, and that was deleted. */
function isLost(path: string): boolean {
  return !isAbsolute(path) && isFolderGone();
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
