import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Where they are when PATH does not say so: that of a user often lacks the system's own. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Absolute path of a program; undefined when there is none that may be run. */
export function findProgram(
  name: string,
  path: string | undefined = process.env.PATH,
): string | undefined {
  const folders = [...(path ?? '').split(':').filter(isAbsolute), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
