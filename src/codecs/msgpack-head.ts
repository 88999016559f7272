/**
 * The head of a canonical message, `{seq, time, key}` up to the value: written, and read by hand
 * without a string or object.
 */

export const NOT_CANONICAL = -1;

/** What `readHead` found last; kept as doubles in place, see line-json-head.ts. */
export const head = { seq: Number.NaN, time: Number.NaN };

/**
 * A map of four members of which the first is `seq`; the names that follow, each with its format
 * byte.
 */
const MAP_SEQ = Buffer.from([0x84, 0xa3, 0x73, 0x65, 0x71]);
const TIME_UINT64 = Buffer.from([0xa4, 0x74, 0x69, 0x6d, 0x65, 0xcf]);
const KEY = Buffer.from([0xa3, 0x6b, 0x65, 0x79]);
const VALUE = Buffer.from([0xa5, 0x76, 0x61, 0x6c, 0x75, 0x65]);

/**
 * One digit of `seq`, an empty key and a value of one byte; no number below is longer than what
 * must follow it.
 */
const SHORTEST_MESSAGE = 32;

/**
 * Reads the head at `start` into `head` and returns the offset of the value, or NOT_CANONICAL (then
 * `head` means nothing): another form, a number out of range, or bytes that end before the value.
 */
export function readHead(bytes: Buffer, start: number, end: number): number {
  if (end - start < SHORTEST_MESSAGE || !isMapSeq(bytes, start)) return NOT_CANONICAL;
  const timeAt = readSeq(bytes, start + MAP_SEQ.length);
  const keyAt = timeAt + TIME_UINT64.length + 8;
  if (
    timeAt < 0 ||
    end - keyAt < KEY.length + 5 ||
    !isTime(bytes, timeAt) ||
    !isKey(bytes, keyAt)
  ) {
    return NOT_CANONICAL;
  }
  head.time = (int32(bytes, keyAt - 8) >>> 0) * 0x1_0000_0000 + (int32(bytes, keyAt - 4) >>> 0);
  const valueAt = afterText(bytes, keyAt + KEY.length);
  if (valueAt < 0 || end - valueAt < VALUE.length || !isValue(bytes, valueAt)) return NOT_CANONICAL;
  const inRange =
    head.seq >= 1 && head.seq <= Number.MAX_SAFE_INTEGER && head.time <= Number.MAX_SAFE_INTEGER;
  return inRange ? valueAt + VALUE.length : NOT_CANONICAL;
}

/** The unsigned integer at `at` as a double, exact up to 2^53. */
export function uint64(bytes: Buffer, at: number): number {
  return uint32(bytes, at) * 0x1_0000_0000 + uint32(bytes, at + 4);
}

export function uint32(bytes: Buffer, at: number): number {
  return int32(bytes, at) >>> 0;
}

/**
 * The hot path makes its numbers from this: what it returns is never a heap number, inlined or not
 * (see line-json-head.ts).
 */
function int32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/**
 * MAP_SEQ, compared byte by byte: half the time of a loop over the constant, on the hot path of
 * every subscriber.
 */
function isMapSeq(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x84 &&
    bytes[at + 1] === 0xa3 &&
    bytes[at + 2] === 0x73 &&
    bytes[at + 3] === 0x65 &&
    bytes[at + 4] === 0x71
  );
}

/** TIME_UINT64 */
function isTime(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0xa4 &&
    bytes[at + 1] === 0x74 &&
    bytes[at + 2] === 0x69 &&
    bytes[at + 3] === 0x6d &&
    bytes[at + 4] === 0x65 &&
    bytes[at + 5] === 0xcf
  );
}

/** KEY */
function isKey(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0xa3 && bytes[at + 1] === 0x6b && bytes[at + 2] === 0x65 && bytes[at + 3] === 0x79
  );
}

/** VALUE */
function isValue(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0xa5 &&
    bytes[at + 1] === 0x76 &&
    bytes[at + 2] === 0x61 &&
    bytes[at + 3] === 0x6c &&
    bytes[at + 4] === 0x75 &&
    bytes[at + 5] === 0x65
  );
}

/** Puts the unsigned integer at `at` into head.seq and returns the offset after it, or −1. */
function readSeq(bytes: Buffer, at: number): number {
  const format = bytes[at]!;
  if (format < 0x80) {
    head.seq = format;
    return at + 1;
  }
  switch (format) {
    case 0xcc:
      head.seq = bytes[at + 1]!;
      return at + 2;
    case 0xcd:
      head.seq = (bytes[at + 1]! << 8) | bytes[at + 2]!;
      return at + 3;
    case 0xce:
      head.seq = int32(bytes, at + 1) >>> 0;
      return at + 5;
    case 0xcf:
      head.seq = (int32(bytes, at + 1) >>> 0) * 0x1_0000_0000 + (int32(bytes, at + 5) >>> 0);
      return at + 9;
    default:
      return -1;
  }
}

/** Offset after the string at `at`, or −1 when there is none. May lie past `end`. */
function afterText(bytes: Buffer, at: number): number {
  const format = bytes[at]!;
  if (format >= 0xa0 && format < 0xc0) return at + 1 + (format & 0x1f);
  if (format === 0xd9) return at + 2 + bytes[at + 1]!;
  if (format === 0xda) return at + 3 + ((bytes[at + 1]! << 8) | bytes[at + 2]!);
  return format === 0xdb ? at + 5 + uint32(bytes, at + 1) : -1;
}

/** Bytes of the head of a message with this `seq` and a key of `keyBytes` bytes of UTF-8. */
export function headLength(seq: number, keyBytes: number): number {
  const names = MAP_SEQ.length + TIME_UINT64.length + KEY.length + VALUE.length;
  return names + uintLength(seq) + 8 + textHeaderLength(keyBytes) + keyBytes;
}

/**
 * Writes the head at `offset`, where headLength() bytes are free, and returns the offset of the
 * value.
 */
export function writeHead(
  into: Buffer,
  offset: number,
  seq: number,
  time: number,
  key: string,
  keyBytes: number,
): number {
  let at = put(into, offset, MAP_SEQ);
  at = writeUint(into, at, seq);
  at = put(into, at, TIME_UINT64);
  at = putUint64(into, at, time);
  at = put(into, at, KEY);
  at = writeTextHeader(into, at, keyBytes);
  at += into.write(key, at);
  return put(into, at, VALUE);
}

function put(into: Buffer, at: number, bytes: Buffer): number {
  for (let i = 0; i < bytes.length; i++) into[at + i] = bytes[i]!;
  return at + bytes.length;
}

/** Writes the `width` low bytes of `value`, big-endian. */
function putUint(into: Buffer, at: number, value: number, width: number): number {
  let left = value;
  for (let i = width - 1; i >= 0; i--) {
    into[at + i] = left & 0xff;
    left >>>= 8;
  }
  return at + width;
}

/** Two halves of 32 bits: exact up to 2^53 − 1 without a BigInt. */
function putUint64(into: Buffer, at: number, value: number): number {
  return putUint(
    into,
    putUint(into, at, Math.floor(value / 0x1_0000_0000), 4),
    value % 0x1_0000_0000,
    4,
  );
}

/** Bytes of the smallest unsigned format, format byte included. */
function uintLength(value: number): 1 | 2 | 3 | 5 | 9 {
  if (value < 0x80) return 1;
  if (value < 0x100) return 2;
  if (value < 0x1_0000) return 3;
  return value < 0x1_0000_0000 ? 5 : 9;
}

const UINT_FORMAT = { 2: 0xcc, 3: 0xcd, 5: 0xce, 9: 0xcf } as const;

function writeUint(into: Buffer, at: number, value: number): number {
  const length = uintLength(value);
  if (length === 1) return putUint(into, at, value, 1);
  into[at] = UINT_FORMAT[length];
  return length === 9 ? putUint64(into, at + 1, value) : putUint(into, at + 1, value, length - 1);
}

function textHeaderLength(bytes: number): 1 | 2 | 3 | 5 {
  if (bytes < 0x20) return 1;
  if (bytes < 0x100) return 2;
  return bytes < 0x1_0000 ? 3 : 5;
}

const TEXT_FORMAT = { 2: 0xd9, 3: 0xda, 5: 0xdb } as const;

function writeTextHeader(into: Buffer, at: number, bytes: number): number {
  const length = textHeaderLength(bytes);
  if (length === 1) return putUint(into, at, 0xa0 | bytes, 1);
  into[at] = TEXT_FORMAT[length];
  return putUint(into, at + 1, bytes, length - 1);
}
