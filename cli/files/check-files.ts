/** Whether files can be written is known before the work begins. */

import { constants, statSync } from 'node:fs';
import { access, mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { isFolderGone } from '../../src/process/fork-folder.js';
import { codeOf, explained } from './export-error.js';
import { statOf, target, temporaryName } from './paths.js';
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

function refusal(flag: string, path: string, problem: string, hint: string): LabError {
  return new LabError('LAB_ERR_EXPORT_PATH', `${flag} ${quoted(path)} ${problem}`, { hint });
}

/** It says where from the working folder, and that was deleted. */
function isLost(path: string): boolean {
  return !isAbsolute(path) && isFolderGone();
}
