import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { LabError } from '../../errors.js';
import type { Source, SourceOptions } from '../source.js';
import { ByteReader } from '../text/byte-reader.js';
import { ChunkParser } from './bytes.js';
import { LineParser } from './lines.js';
import { type ItemParser, StreamSource } from './stream-source.js';

/** Member of an object that names its key, unless the argument says another. */
const DEFAULT_KEY_FIELD = 'key';

/**
 * Four packets of an MPEG transport stream (188 bytes each). A datagram of 1,200 bytes has room for
 * 801 bytes of a value in line-json, where base64 makes 3 bytes 4, and for 1,117 in msgpack,
 * whatever the sequence number.
 */
const DEFAULT_CHUNK_BYTES = 752;
const MAX_CHUNK_BYTES = 64 * 1024;

const FORMS =
  'write stdin:lines (or stdin:lines:FIELD, whose member FIELD is the key) or stdin:bytes (or stdin:bytes:N, in pieces of N bytes)';

/**
 * What comes in on standard input, `stdin:lines[:FIELD]` or `stdin:bytes[:N]`, until it ends. It
 * can be had once, as it comes: the source is not deterministic and cannot be looped. Nothing is
 * read before the first item is asked for. Iteration throws LAB_ERR_SOURCE_UNREADABLE when the
 * input breaks off.
 * @throws LAB_ERR_BAD_VALUE for any other argument, and for `options.loop`
 */
export function openStdin(
  argument: string,
  options: SourceOptions,
  input: () => Readable = standardInput,
): Promise<Source> {
  return Promise.resolve().then(() => {
    if (options.loop) {
      throw new LabError('LAB_ERR_BAD_VALUE', `source stdin:${argument} cannot be looped`, {
        option: 'source',
        hint: "what came in is gone: save it to a file and loop that, `source: 'replay:FILE'`",
      });
    }
    const parser = parserOf(argument, options);
    return new StreamSource('stdin', new ByteReader(`source stdin:${argument}`, input), parser);
  });
}

/**
 * Node takes what it does not know for an empty input: a folder must not pass for a feed that is
 * over.
 */
function standardInput(): Readable {
  if (fstatSync(process.stdin.fd).isDirectory()) throw new Error('it is a folder');
  return process.stdin;
}

function parserOf(argument: string, options: SourceOptions): ItemParser {
  const [, form, parameter] = /^(lines|bytes)(?::(.+))?$/su.exec(argument) ?? [];
  if (form === 'lines') return new LineParser(parameter ?? DEFAULT_KEY_FIELD, options);
  if (form === 'bytes') return new ChunkParser(chunkBytesOf(argument, parameter));
  throw refused(argument, 'is neither lines nor bytes', FORMS);
}

function chunkBytesOf(argument: string, text = String(DEFAULT_CHUNK_BYTES)): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : 0;
  if (bytes >= 1 && bytes <= MAX_CHUNK_BYTES) return bytes;
  const hint = `allowed: 1 to ${MAX_CHUNK_BYTES} bytes, over UDP as many as its datagrams carry`;
  throw refused(argument, 'names no size of a piece', hint);
}

function refused(argument: string, problem: string, hint: string): LabError {
  const spec = JSON.stringify((argument === '' ? 'stdin' : `stdin:${argument}`).slice(0, 60));
  return new LabError('LAB_ERR_BAD_VALUE', `source ${spec} ${problem}`, {
    option: 'source',
    value: argument === '' ? 'stdin' : `stdin:${argument}`,
    hint,
  });
}
