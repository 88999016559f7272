import { readFile } from 'node:fs/promises';

/**
 * Reads a whole text file; null when it does not exist or may not be read. Tests hand in their own.
 */
export type ReadText = (path: string) => Promise<string | null>;

export const readText: ReadText = async (path) => {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
};
