import { realpathSync } from 'node:fs';
import { parse } from 'node:path';

/**
 * The `cwd` of a new process of Node: the working folder of this one, or the root where that is
 * gone. Node does not start in a folder that was deleted, and a worker needs none.
 */
export function forkFolder(): string | undefined {
  return isFolderGone() ? parse(process.execPath).root : undefined;
}

/**
 * Leaves a working folder that was deleted for the root: nor does a thread of Node start in one.
 * For a process of the lab's own; what is relative to the folder was refused before, or is open.
 */
export function leaveDeletedFolder(): void {
  const root = forkFolder();
  if (root !== undefined) process.chdir(root);
}

/**
 * Whether the working folder was deleted, before this process started or since: `process.cwd()`
 * remembers what was.
 */
export function isFolderGone(): boolean {
  try {
    realpathSync.native('.');
    return false;
  } catch {
    return true;
  }
}
