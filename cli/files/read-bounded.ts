import { createReadStream } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { isFolderGone } from '../../src/process/fork-folder.js';
import { decodeText } from '../../src/sources/text/text-file.js';

/**
 * The whole text of a file, or of stdin for `-`, of at most `maxBytes`: a wrong file must not fill
 * the memory. A byte order mark is not part of it.
 * @throws an Error whose message says why not
 */
export async function readBounded(path: string, maxBytes: number): Promise<string> {
  const stream: Readable = path === '-' ? process.stdin : createReadStream(path);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT') throw error;
    const lost = !isAbsolute(path) && isFolderGone();
    throw new Error(lost ? 'the working folder is gone' : 'there is no such file', {
      cause: error,
    });
  }
  return decodeText(Buffer.concat(chunks));
}
