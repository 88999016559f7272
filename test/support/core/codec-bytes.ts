/**
 * What the two readers of a codec, `decode` and `scan`, make of bytes that a test has written by
 * hand.
 */
import { expect } from 'vitest';
import type { Codec } from '../../../src/codecs/codec.js';

/** The first item of these bytes; undefined when it is not whole. */
export function decodedBy(codec: Codec, bytes: Buffer): unknown {
  return codec.decode(bytes, 0, bytes.length)?.item;
}

/**
 * What scan sees in bytes of whole items: the sequence number and time of each message, and
 * `control` for what is none.
 */
export function scannedBy(codec: Codec, bytes: Buffer): unknown[] {
  const seen: unknown[] = [];
  const end = codec.scan(bytes, 0, bytes.length, {
    message: (seq, from, to) => seen.push([seq, codec.timeAt(bytes, from, to)]),
    control: () => seen.push('control'),
  });
  expect(end).toBe(bytes.length);
  return seen;
}
