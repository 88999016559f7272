/**
 * The 36-byte header every datagram begins with, little-endian (docs/design/protocol-udp.md has
 * each field). It is read and written in place, field by field: on the hot path a header is never
 * an object.
 */

import { readI32, readU16, readU32, writeU32 } from '../../core/words.js';

export const WIRE_VERSION = 1;
/**
 * Version 1 with padding at the end of DATA. Only SUBSCRIBE, from a client that takes it, and DATA
 * that has some bear it: whoever does not know it drops the datagram and cannot misread it.
 */
export const PADDED_VERSION = 2;
/** What a client or server of today says that it speaks. */
export const VERSIONS: readonly number[] = [WIRE_VERSION, PADDED_VERSION];
export const HEADER_BYTES = 36;

/** Where what differs from one subscriber to the next stands, in words of 32 bits. */
export const HEADER_WORDS: number = HEADER_BYTES / 4;
export const FLAGS_WORD = 0;
export const DSEQ_WORD = 5;
export const SEND_TIME_WORD = 7;

/** Packet types. */
export const PACKET = {
  data: 1,
  heartbeat: 2,
  end: 3,
  hello: 4,
  retry: 5,
  subscribe: 6,
  accept: 7,
  report: 8,
  nak: 9,
  repair: 10,
  gap: 11,
  reject: 12,
  lagged: 13,
  announce: 14,
  parity: 15,
} as const;

export type PacketType = (typeof PACKET)[keyof typeof PACKET];

/** Bits of `flags`. `authenticated` is reserved. */
export const FLAG = {
  retransmit: 1,
  snapshot: 2,
  conflated: 4,
  authenticated: 8,
  /** The client is to send a REPORT at once. */
  report: 16,
  /** Of SUBSCRIBE and ACCEPT: repair is asked for, and granted. */
  repair: 32,
} as const;

/** `count` of an END packet, as in MoldUDP64. */
export const END_COUNT = 0xffff;

/** A u64 as two halves: no BigInt on the hot path. */
export interface Epoch {
  readonly high: number;
  readonly low: number;
}

const MAGIC = 0x5053; // "SP"
const TWO_32 = 2 ** 32;

/** `hex`: 16 hex digits, as `Broadcast.epoch` has them. */
export function parseEpoch(hex: string): Epoch {
  return { high: Number.parseInt(hex.slice(0, 8), 16), low: Number.parseInt(hex.slice(8), 16) };
}

export function formatEpoch(epoch: Epoch): string {
  return epoch.high.toString(16).padStart(8, '0') + epoch.low.toString(16).padStart(8, '0');
}

/** `value`: a non-negative safe integer. */
export function writeU64(into: Buffer, value: number, offset: number): void {
  writeU32(into, value >>> 0, offset);
  writeU32(into, (value * 2 ** -32) >>> 0, offset + 4);
}

/**
 * Exact up to 2^53 − 1; a larger number on the wire comes out rounded and is not a safe integer.
 */
export function readU64(from: Buffer, offset: number): number {
  return readU32(from, offset + 4) * TWO_32 + readU32(from, offset);
}

/**
 * Writes a whole header at the start of `into`. `dseq` is taken modulo 2^32; `sendTime` is integer
 * µs since the epoch.
 */
export function writeHeader(
  into: Buffer,
  type: PacketType,
  flags: number,
  epoch: Epoch,
  seq: number,
  dseq: number,
  count: number,
  sendTime: number,
): void {
  into[0] = MAGIC & 0xff;
  into[1] = MAGIC >> 8;
  into[2] = (WIRE_VERSION << 4) | type;
  into[3] = flags;
  writeU32(into, epoch.low, 4);
  writeU32(into, epoch.high, 8);
  writeU64(into, seq, 12);
  writeU32(into, dseq >>> 0, 20);
  // The upper half is 0: `padding` of version 2.
  writeU32(into, count, 24);
  writeSendTime(into, sendTime);
}

/** Sets the `sendTime` of a header again: integer µs since the epoch. */
export function writeSendTime(into: Buffer, sendTime: number): void {
  writeU64(into, sendTime, 28);
}

/** Makes a header say that the last `padding` bytes of the datagram are none of its messages. */
export function writePadding(into: Buffer, padding: number): void {
  writeVersion(into, padding === 0 ? WIRE_VERSION : PADDED_VERSION);
  into[26] = padding;
  into[27] = padding >> 8;
}

/** The word of a header with flags in it, which has none. */
export function withFlags(word: number, flags: number): number {
  return (word | (flags << 24)) >>> 0;
}

/** Sets the flags of a header again. */
export function writeFlags(into: Buffer, flags: number): void {
  into[3] = flags;
}

export function writeVersion(into: Buffer, version: number): void {
  into[2] = (version << 4) | ((into[2] as number) & 0x0f);
}

const PADDED_DATA = (PADDED_VERSION << 4) | PACKET.data;
const PADDED_SUBSCRIBE = (PADDED_VERSION << 4) | PACKET.subscribe;

/**
 * Type of a datagram that has our magic, a version that its type may have and a whole header; 0 for
 * anything else. It is `[at, end)` of `bytes`.
 */
export function packetType(bytes: Buffer, at = 0, end: number = bytes.length): number {
  if (end - at < HEADER_BYTES || readU16(bytes, at) !== MAGIC) return 0;
  const byte = bytes[at + 2] as number;
  if (byte >> 4 === WIRE_VERSION || byte === PADDED_DATA || byte === PADDED_SUBSCRIBE)
    return byte & 0x0f;
  return 0;
}

// What follows expects a datagram whose `packetType` is not 0; it begins at `at`.

export function versionOf(bytes: Buffer, at = 0): number {
  return (bytes[at + 2] as number) >> 4;
}

/** Bytes at the end that are none of the messages; perhaps more than there are. */
export function paddingOf(bytes: Buffer, at = 0): number {
  return versionOf(bytes, at) === PADDED_VERSION ? readU16(bytes, at + 26) : 0;
}

export function flagsOf(bytes: Buffer, at = 0): number {
  return bytes[at + 3] as number;
}

export function epochOf(bytes: Buffer): Epoch {
  return { high: bytes.readUInt32LE(8), low: bytes.readUInt32LE(4) };
}

export function hasEpoch(bytes: Buffer, epoch: Epoch, at = 0): boolean {
  return readI32(bytes, at + 4) === (epoch.low | 0) && readI32(bytes, at + 8) === (epoch.high | 0);
}

export function seqOf(bytes: Buffer, at = 0): number {
  return readU64(bytes, at + 12);
}

export function dseqOf(bytes: Buffer, at = 0): number {
  return readU32(bytes, at + 20);
}

export function countOf(bytes: Buffer, at = 0): number {
  return readU16(bytes, at + 24);
}

export function sendTimeOf(bytes: Buffer, at = 0): number {
  return readU64(bytes, at + 28);
}
