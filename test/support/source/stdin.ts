import { Readable } from 'node:stream';
import type { Source, SourceItem, SourceOptions } from '../../../src/sources/source.js';
import { openStdin } from '../../../src/sources/stdin/index.js';
import { OPTIONS, take } from './sources.js';

/** A stream that gives these chunks one by one, each when it is asked for, and counts them. */
export class ChunkStream extends Readable {
  given = 0;
  readonly #chunks: Iterator<string | Uint8Array>;

  constructor(chunks: Iterable<string | Uint8Array>) {
    super();
    this.#chunks = chunks[Symbol.iterator]();
  }

  override _read(): void {
    const { done, value } = this.#chunks.next();
    if (done !== true) this.given += 1;
    this.push(done === true ? null : value);
  }
}

export function openOn(
  argument: string,
  input: Readable,
  options: Partial<SourceOptions> = {},
): Promise<Source> {
  return openStdin(argument, { ...OPTIONS, ...options }, () => input);
}

/** Everything that such an input gives, and what was counted. */
export async function readAll(
  argument: string,
  chunks: Iterable<string | Uint8Array>,
  options: Partial<SourceOptions> = {},
): Promise<{ readonly items: SourceItem[]; readonly skipped: number | undefined }> {
  const source = await openOn(argument, new ChunkStream(chunks), options);
  const items = await take(source, Number.POSITIVE_INFINITY);
  return { items, skipped: source.stats?.().skipped };
}
