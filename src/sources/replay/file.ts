import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { parse as parsePath } from 'node:path';
import { LabError } from '../../errors.js';
import { otherEncoding } from '../text/text-file.js';
import { malformed, type RecordedFile } from './row.js';

/**
 * Largest recording, in bytes. It is held in memory as parsed values, at worst some 40 times its
 * size, so that replaying it costs the publisher nothing while latencies are measured.
 */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** How files begin that are often given where text should be. */
const MAGIC = [
  [Buffer.from([0x1f, 0x8b]), 'compressed (gzip)', 'unpack it first: gunzip FILE'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'compressed (zstd)', 'unpack it first: unzstd FILE'],
  [
    Buffer.from('PK\u0003\u0004'),
    'a ZIP archive or a workbook (XLSX)',
    'unpack it, or save it as CSV',
  ],
  [Buffer.from('PAR1'), 'a Parquet file', 'export it as CSV or NDJSON'],
] as const;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * Reads a recording whole. `mayBreakOff`: of a file for which it is true the last character may be
 * incomplete, and is left out.
 * @throws LAB_ERR_SOURCE_UNREADABLE (missing, not permitted, no regular file, too large),
 *   LAB_ERR_SOURCE_EMPTY, LAB_ERR_SOURCE_MALFORMED (not UTF-8)
 */
export async function readRecording(
  path: string,
  mayBreakOff: (file: Pick<RecordedFile, 'path' | 'bytes'>) => boolean,
): Promise<RecordedFile> {
  const contents = await readBytes(path);
  const packed = MAGIC.find(([magic]) => contents.subarray(0, magic.length).equals(magic));
  if (packed !== undefined) throw malformed(path, 1, `${packed[1]}, not text`, packed[2]);
  const encoding = otherEncoding(contents);
  if (encoding !== null)
    throw malformed(path, 1, `${encoding}, not UTF-8 text`, 'save the file as UTF-8');
  const marked = contents.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const all = marked ? contents.subarray(BYTE_ORDER_MARK.length) : contents;
  const bytes = mayBreakOff({ path, bytes: all }) ? wholeCharacters(all) : all;
  if (!isUtf8(bytes)) {
    throw malformed(
      path,
      firstLineThatIsNotUtf8(bytes),
      'not UTF-8 text',
      'save the file as UTF-8',
    );
  }
  return { path, bytes, baseName: parsePath(path).name };
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const about = await stat(path);
    // Opening a pipe or a terminal could wait for ever.
    if (!about.isFile())
      throw unreadable(path, about.isDirectory() ? 'it is a folder' : 'not a regular file');
    if (about.size > MAX_FILE_BYTES) {
      throw unreadable(
        path,
        `${about.size} bytes are more than the ${MAX_FILE_BYTES} a replay may have`,
      );
    }
    // A size of 0 is also what /proc says of files that can be read without end.
    return about.size === 0 ? Buffer.alloc(0) : await readFile(path);
  } catch (error) {
    throw error instanceof LabError ? error : unreadable(path, reasonOf(error), error);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): LabError {
  return new LabError(
    'LAB_ERR_SOURCE_UNREADABLE',
    `source replay: cannot read '${path}': ${reason}`,
    {
      option: 'source',
      hint: "name a CSV or NDJSON file: `source: 'replay:FILE'` (a relative path starts at the current folder)",
      cause,
    },
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}

/** Without the beginning of a character that the file ends with. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let taken = 1; taken <= Math.min(3, bytes.length); taken++) {
    const byte = bytes[bytes.length - taken] as number;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > taken ? bytes.subarray(0, -taken) : bytes;
  }
  return bytes;
}

function firstLineThatIsNotUtf8(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
