import { loadCodec } from '../codecs/registry.js';
import type { Message } from '../core/message.js';

/** As a message of 1 MiB is at most in JSON: six times as long when every character is escaped. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const SCRATCH_BYTES = 64 * 1024;

/** A message as bytes of the output. */
export type Format = (message: Message) => Uint8Array;

/** The canonical line of line-json, whatever the codec on the wire was. */
export async function lineFormat(): Promise<Format> {
  const codec = await loadCodec('line-json', { maxMessageBytes: MAX_LINE_BYTES });
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return (message) => {
    const end = codec.encode(message, scratch, 0);
    if (end >= 0) return Buffer.from(scratch.subarray(0, end));
    const large = Buffer.allocUnsafe(MAX_LINE_BYTES);
    return large.subarray(0, codec.encode(message, large, 0));
  };
}

/** The value alone: bytes as they are, text and compact JSON with a newline. */
export function rawFormat({ value }: Message): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
}
