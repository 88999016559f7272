import { type Epoch, HEADER_BYTES, type PacketType, readU64, writeHeader } from './wire.js';

/**
 * Every packet that is not a data datagram: a header, then its fields, little-endian; a text is a
 * u16 length and UTF-8. Encoders give a whole packet. Decoders take a datagram of their type (see
 * `packetType`), never throw, and give undefined when a field is missing or out of range. Bytes
 * after the last field are padding.
 */

/** Of the random bytes that name a subscription to its server. */
export const ID_BYTES = 8;

const NO_EPOCH: Epoch = { high: 0, low: 0 };

interface HeaderFields {
  readonly epoch?: Epoch;
  readonly seq?: number;
  readonly dseq?: number;
  readonly count?: number;
  readonly sendTime?: number;
}

/** A header and `parts` behind it, padded with zeros to `minBytes`. */
export function packet(
  type: PacketType,
  header: HeaderFields,
  parts: readonly Buffer[],
  minBytes = 0,
): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  const bytes = Buffer.alloc(Math.max(length, minBytes));
  const { epoch = NO_EPOCH, seq = 0, dseq = 0, count = 0, sendTime = 0 } = header;
  writeHeader(bytes, type, 0, epoch, seq, dseq, count, sendTime);
  let at = HEADER_BYTES;
  for (const part of parts) at += part.copy(bytes, at);
  return bytes;
}

/** Behind its own length, as a u16. */
export function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** UTF-8 behind its length, cut to `maxBytes`. */
export function text(value: string, maxBytes?: number): Buffer {
  return sized(Buffer.from(value).subarray(0, maxBytes));
}

/**
 * Takes fields off a packet one after another. Past the end it gives zeros and `whole` turns false.
 */
export class Fields {
  readonly #bytes: Buffer;
  #at = HEADER_BYTES;
  #whole = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** False once a field was missing, or a number or text was not valid. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Nothing is left: a field that came later is not there. */
  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      this.#whole = false;
      return Buffer.alloc(length);
    }
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  u8(): number {
    return this.bytes(1)[0] as number;
  }

  u16(): number {
    return this.bytes(2).readUInt16LE();
  }

  u32(): number {
    return this.bytes(4).readUInt32LE();
  }

  u64(): number {
    const value = readU64(this.bytes(8), 0);
    if (!Number.isSafeInteger(value)) this.#whole = false;
    return value;
  }

  text(): string {
    return this.bytes(this.u16()).toString();
  }
}
