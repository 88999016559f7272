/** Files the user gets: each appears whole or not at all. */

import { mkdirSync, statSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, explained } from './export-error.js';
import { statOf, target, temporaryName } from './paths.js';
import { synced } from './synced.js';
import { located } from './working-folder.js';

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
