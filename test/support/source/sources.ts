import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openSource } from '../../../src/sources/registry.js';
import type { Source, SourceItem, SourceOptions } from '../../../src/sources/source.js';

export const OPTIONS: SourceOptions = { seed: 1, sizeBytes: 0, symbols: 10, loop: false };

/** The first `count` items, fewer if the source ends before. */
export async function take(source: Source, count: number): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const item of source) {
    items.push(item);
    if (items.length >= count) break;
  }
  return items;
}

/** SHA-256 of the keys and values of the first 10,000 items. */
export async function contentHash(
  spec: string,
  options: Partial<SourceOptions> = {},
): Promise<string> {
  const hash = createHash('sha256');
  const source = await openSource(spec, { ...OPTIONS, ...options });
  for (const { key, value } of await take(source, 10_000))
    hash.update(JSON.stringify([key, value]));
  return hash.digest('hex');
}

/** Calls `use` with the path of a file that has these contents, then removes it. */
export async function withFile<T>(
  name: string,
  contents: string | Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-source-'));
  try {
    const path = join(folder, name);
    await writeFile(path, contents);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Everything that a replay of such a file gives. */
export function replayOf(
  name: string,
  contents: string | Uint8Array,
  options: Partial<SourceOptions> = {},
): Promise<SourceItem[]> {
  return withFile(name, contents, async (path) => {
    const source = await openSource(`replay:${path}`, { ...OPTIONS, ...options });
    return take(source, Number.POSITIVE_INFINITY);
  });
}

/**
 * Holds a replay of such a file to refusing it for its row at `line`, in words that begin with
 * `what`, and with a hint.
 */
export async function expectRefused(
  name: string,
  contents: string,
  line: number,
  what: string,
): Promise<void> {
  await expect(replayOf(name, contents)).rejects.toMatchObject({
    code: 'LAB_ERR_SOURCE_MALFORMED',
    message: expect.stringContaining(`${name}:${line}: ${what}`),
    hint: expect.stringMatching(/./),
  });
}
