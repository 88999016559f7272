/** Where a file lies, and what is there. */

import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from './export-error.js';
import { located } from './working-folder.js';

export async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where a rename has to go so that a symbolic link stays one. */
export async function target(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return located(path);
  }
}

export function temporaryName(path: string): string {
  // Processes of two machines may write into one directory, with the same id.
  return join(dirname(path), `.lab-${randomUUID()}.tmp`);
}
