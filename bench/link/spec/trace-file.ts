/** Reading a trace from the disk. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { LabError } from '../../../src/errors.js';
import { quoted } from '../../../src/options/values.js';
import { decodeText } from '../../../src/sources/text/text-file.js';
import type { Trace } from '../link-spec.js';
import { parseTrace } from './trace.js';

const MOST_BYTES = 24 * 1024 * 1024;

/**
 * Its opportunities, and which file it was.
 * @throws LAB_ERR_LINK_TRACE when it is missing, not permitted, no regular file, too large or not
 * UTF-8, and for a line that is wrong, which it names
 */
export function readTraceFile(file: string): Trace {
  const { text, sha256 } = contentOf(file);
  return { atUs: parseTrace(file, text), sha256 };
}

function contentOf(file: string): { readonly text: string; readonly sha256: string } {
  try {
    const info = statSync(file);
    // Opening a pipe or a terminal could wait for ever.
    if (!info.isFile()) throw new Error('it is no regular file');
    if (info.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    // A size of 0 is also what /proc says of files that can be read without end.
    const bytes = info.size === 0 ? Buffer.alloc(0) : readFileSync(file);
    return { text: decodeText(bytes), sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    const { message } = LabError.from(cause);
    throw new LabError('LAB_ERR_LINK_TRACE', `trace ${quoted(file)} cannot be read: ${message}`, {
      cause,
      hint: 'give a file in the format of mahimahi; relative paths start at the current folder',
    });
  }
}
