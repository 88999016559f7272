import type { Codec } from '../../src/codecs/codec.js';
import type { Message } from '../../src/core/message.js';
import { LabError } from '../../src/errors.js';

export const MICRO_OPERATIONS = ['encode', 'decode', 'scan'] as const;
export type MicroOperation = (typeof MICRO_OPERATIONS)[number];

const FIRST_ROOM_BYTES = 128 * 1024;

/** The messages back to back, and nothing after them. */
export function encodeFeed(codec: Codec, messages: readonly Message[]): Buffer {
  for (let room = FIRST_ROOM_BYTES; ; room *= 2) {
    const into = Buffer.alloc(room);
    const end = encodeBatch(codec, messages, into);
    if (end >= 0) return into.subarray(0, end);
  }
}

/** Offset after the last message, or −1 when they do not all fit. */
function encodeBatch(codec: Codec, messages: readonly Message[], into: Buffer): number {
  let at = 0;
  for (const message of messages) {
    at = codec.encode(message, into, at);
    if (at < 0) return at;
  }
  return at;
}

/**
 * `run` works through the batch once and adds what it found to a sum; `verify` compares the sum
 * with what the runs must have given. So the work can neither be optimised away nor silently be
 * wrong.
 */
export interface MicroTask {
  run(): void;
  verify(): void;
}

export function taskOf(
  codec: Codec,
  operation: MicroOperation,
  messages: readonly Message[],
  bytes: Buffer,
): MicroTask {
  // Small addends keep the sum an exact integer however many runs there are.
  const base = messages[0]?.seq ?? 0;
  let runs = 0;
  let sum = 0;
  const sumOfSeqs = messages.reduce((total, { seq }) => total + (seq - base), 0);
  const visitor = {
    message(seq: number): void {
      sum += seq - base;
    },
    control(): void {
      sum = Number.NaN;
    },
  };
  const batches: Readonly<Record<MicroOperation, () => void>> = {
    encode: () => {
      sum += encodeBatch(codec, messages, bytes);
    },
    decode: () => {
      for (let at = 0; at < bytes.length; ) {
        const decoded = codec.decode(bytes, at, bytes.length);
        if (decoded === undefined || !('seq' in decoded.item)) break;
        sum += decoded.item.seq - base;
        at = decoded.end;
      }
    },
    scan: () => {
      codec.scan(bytes, 0, bytes.length, visitor);
    },
  };
  const batch = batches[operation];
  return {
    run: () => {
      runs++;
      batch();
    },
    verify: () => {
      const expected = runs * (operation === 'encode' ? bytes.length : sumOfSeqs);
      if (sum === expected) return;
      throw new LabError(
        'LAB_ERR_INTERNAL',
        `micro-benchmark ${codec.name} ${operation}: sum ${sum}, not ${expected}`,
      );
    },
  };
}
