import {
  countOf,
  dseqOf,
  type Epoch,
  FLAG,
  HEADER_BYTES,
  PACKET,
  sendTimeOf,
  seqOf,
  writeHeader,
} from '../../datagram/wire.js';

/**
 * PARITY: the XOR of what is in some datagrams of a stream. Header: `seq` = XOR of theirs, `dseq` =
 * the first one's, `count` = how many. Then the fields below, then the XOR of their payloads, the
 * shorter ones filled up with zeros.
 */

/** Stride u16, XOR of the payloads' lengths u16, of `count` u16, of the types u8, of flags u8. */
export const PARITY_FIELDS = 8;
/** Datagrams of a block. */
export const MOST_MEMBERS = 64;
/** From the first to the last, at most. */
export const WIDEST_BLOCK = 256;

/** The others are about the sending of a datagram, not about what is in it. */
export const PROTECTED_FLAGS: number = FLAG.snapshot | FLAG.conflated;

const STRIDE = HEADER_BYTES;
const LENGTH = HEADER_BYTES + 2;
const COUNT = HEADER_BYTES + 4;
const TYPE = HEADER_BYTES + 6;
const FLAGS = HEADER_BYTES + 7;
export const PARITY_PAYLOAD: number = HEADER_BYTES + PARITY_FIELDS;

/** Which datagrams a parity is about: `first`, `first + stride`, …; `members` of them. */
export interface ParityBlock {
  readonly first: number;
  readonly members: number;
  readonly stride: number;
}

/** The XOR of their headers' fields, and of their lengths. */
export interface ParityFields {
  readonly seq: number;
  readonly length: number;
  readonly count: number;
  readonly type: number;
  readonly flags: number;
}

/** Writes what stands between the header and the XOR of the payloads at the start of `into`. */
export function writeParityFields(into: Buffer, stride: number, fields: ParityFields): void {
  into.writeUInt16LE(stride, STRIDE - HEADER_BYTES);
  into.writeUInt16LE(fields.length, LENGTH - HEADER_BYTES);
  into.writeUInt16LE(fields.count, COUNT - HEADER_BYTES);
  into[TYPE - HEADER_BYTES] = fields.type;
  into[FLAGS - HEADER_BYTES] = fields.flags;
}

/** A whole packet, for who does not write header and payload apart. */
export function encodeParity(
  epoch: Epoch,
  { first, members, stride }: ParityBlock,
  fields: ParityFields,
  payload: Buffer,
  sendTime: number,
): Buffer {
  const bytes = Buffer.alloc(PARITY_PAYLOAD + payload.length);
  writeHeader(bytes, PACKET.parity, 0, epoch, fields.seq, first, members, sendTime);
  writeParityFields(bytes.subarray(HEADER_BYTES), stride, fields);
  payload.copy(bytes, PARITY_PAYLOAD);
  return bytes;
}

export interface Parity extends ParityBlock, ParityFields {
  /** µs since the epoch. */
  readonly sendTime: number;
  /** XOR of the payloads: a view. */
  readonly payload: Buffer;
}

/** Undefined when a field is missing or out of range. */
export function decodeParity(bytes: Buffer): Parity | undefined {
  if (bytes.length < PARITY_PAYLOAD) return undefined;
  const members = countOf(bytes);
  const stride = bytes.readUInt16LE(STRIDE);
  const seq = seqOf(bytes);
  const sound = members >= 1 && members <= MOST_MEMBERS && stride >= 1 && Number.isSafeInteger(seq);
  if (!sound || (members - 1) * stride >= WIDEST_BLOCK) return undefined;
  return {
    first: dseqOf(bytes),
    members,
    stride,
    seq,
    length: bytes.readUInt16LE(LENGTH),
    count: bytes.readUInt16LE(COUNT),
    type: bytes[TYPE] as number,
    flags: bytes[FLAGS] as number,
    sendTime: sendTimeOf(bytes),
    payload: bytes.subarray(PARITY_PAYLOAD),
  };
}

/** XOR of two sequence numbers, each below 2^53. */
export function xorSeq(a: number, b: number): number {
  const high = Math.floor(a / 2 ** 32) ^ Math.floor(b / 2 ** 32);
  return high * 2 ** 32 + ((a ^ b) >>> 0);
}
