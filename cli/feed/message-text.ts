import { visibleJson } from '../../reports/visible-text.js';
import { loadCodec } from '../../src/codecs/registry.js';
import type { Message } from '../../src/core/message.js';

/** As a message of 1 MiB is at most in JSON: six times as long when every character is escaped. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const SCRATCH_BYTES = 64 * 1024;
const DEL = 0x7f;

/** A message as bytes of the output. */
export type Format = (message: Message) => Uint8Array;

/** The line of line-json, whatever the codec on the wire was. */
export async function lineFormat(): Promise<Format> {
  const codec = await loadCodec('line-json', { maxMessageBytes: MAX_LINE_BYTES });
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return (message) => {
    const end = codec.encode(message, scratch, 0);
    if (end >= 0) return harmless(scratch.subarray(0, end));
    const large = Buffer.allocUnsafe(MAX_LINE_BYTES);
    return harmless(large.subarray(0, codec.encode(message, large, 0)));
  };
}

/**
 * A copy of the line, in which characters that nobody sees are escaped, as JSON may: it is often a
 * terminal that it goes to.
 */
function harmless(line: Buffer): Buffer {
  for (let at = 0; at < line.length; at++) {
    // JSON escapes the controls of ASCII by itself, all but DEL.
    if ((line[at] as number) < DEL) continue;
    const text = line.toString();
    const escaped = visibleJson(text);
    return escaped === text ? Buffer.from(line) : Buffer.from(escaped);
  }
  return Buffer.from(line);
}

/** The value alone: bytes as they are, text and compact JSON with a newline. */
export function rawFormat({ value }: Message): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
}
