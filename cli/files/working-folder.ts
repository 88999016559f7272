/**
 * The folder in which the lab was started: it may have a name that is not text, and it may be
 * deleted at any time.
 */
import { statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';

/**
 * Absolute; undefined where there is no such text: Node makes another name of bytes that are not
 * UTF-8.
 */
const started = folderNow();

/**
 * A path to walk upwards from. Absolute wherever possible, so that a folder that is deleted
 * meanwhile can be made again; else as it was given, for the system to find.
 */
export function located(path: string): string {
  return isAbsolute(path) || started === undefined ? normalize(path) : join(started, path);
}

function folderNow(): string | undefined {
  try {
    const folder = process.cwd();
    const [named, real] = [statSync(folder), statSync('.')];
    return named.ino === real.ino && named.dev === real.dev ? folder : undefined;
  } catch {
    return undefined;
  }
}
