import {
  dseqOf,
  END_COUNT,
  type Epoch,
  epochOf,
  HEADER_BYTES,
  PACKET,
  type PacketType,
  readU64,
  sendTimeOf,
  seqOf,
  writeHeader,
  writeU64,
} from './wire.js';

/**
 * Every packet that is not a data datagram: a header, then the fields below, little-endian; a text is a u16 length and
 * UTF-8. Encoders give a whole packet. Decoders take a datagram of their type (see `packetType`), never throw, and
 * give undefined when a field is missing or out of range. Bytes after the last field are padding.
 */

/** HELLO and SUBSCRIBE are at least this long, so that no answer to them amplifies. */
export const PADDED_BYTES = 1_200;
export const NONCE_BYTES = 8;
export const TOKEN_BYTES = 24;
export const ID_BYTES = 8;

export const NO_ID: Buffer = Buffer.alloc(ID_BYTES);

const NO_EPOCH: Epoch = { high: 0, low: 0 };

export interface Hello {
  readonly nonce: Buffer;
  /** Wire versions the client speaks. */
  readonly versions: readonly number[];
}

/** HELLO and RETRY keep this layout, and version 1 in the header, in every version of the wire. */
export function encodeHello(hello: Hello): Buffer {
  return packet(PACKET.hello, {}, [hello.nonce, versionList(hello.versions)], PADDED_BYTES);
}

/** Undefined too when the packet is not padded. */
export function decodeHello(bytes: Buffer): Hello | undefined {
  if (bytes.length < PADDED_BYTES) return undefined;
  const fields = new Fields(bytes);
  const hello = { nonce: fields.bytes(NONCE_BYTES), versions: [...fields.bytes(fields.u8())] };
  return fields.whole ? hello : undefined;
}

export interface Retry {
  readonly nonce: Buffer;
  readonly token: Buffer;
  /** Wire versions the server speaks. */
  readonly versions: readonly number[];
}

export function encodeRetry(retry: Retry): Buffer {
  return packet(PACKET.retry, {}, [retry.nonce, retry.token, versionList(retry.versions)]);
}

export function decodeRetry(bytes: Buffer): Retry | undefined {
  const fields = new Fields(bytes);
  const retry = {
    nonce: fields.bytes(NONCE_BYTES),
    token: fields.bytes(TOKEN_BYTES),
    versions: [...fields.bytes(fields.u8())],
  };
  return fields.whole ? retry : undefined;
}

export interface Subscribe {
  readonly nonce: Buffer;
  readonly token: Buffer;
  /** Empty today; its place is kept. */
  readonly credential: Buffer;
  /** The JSON request, see transports/request.ts. */
  readonly request: string;
}

export function encodeSubscribe({ nonce, token, credential, request }: Subscribe): Buffer {
  return packet(PACKET.subscribe, {}, [nonce, token, sized(credential), text(request)], PADDED_BYTES);
}

/** Undefined too when the packet is not padded. */
export function decodeSubscribe(bytes: Buffer): Subscribe | undefined {
  if (bytes.length < PADDED_BYTES) return undefined;
  const fields = new Fields(bytes);
  const subscribe = {
    nonce: fields.bytes(NONCE_BYTES),
    token: fields.bytes(TOKEN_BYTES),
    credential: fields.bytes(fields.u16()),
    request: fields.text(),
  };
  return fields.whole ? subscribe : undefined;
}

/** `epoch` and `next` travel in the header (`epoch`, `seq`). */
export interface Accept {
  readonly epoch: Epoch;
  readonly next: number;
  readonly nonce: Buffer;
  /** 8 random bytes that every later packet of the client must carry. */
  readonly id: Buffer;
  readonly oldest: number;
  readonly snapshot: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly codec: string;
}

export function encodeAccept(accept: Accept): Buffer {
  const numbers = Buffer.alloc(20);
  writeU64(numbers, accept.oldest, 0);
  numbers.writeUInt32LE(accept.snapshot, 8);
  numbers.writeUInt32LE(accept.heartbeatMs, 12);
  numbers.writeUInt32LE(accept.leaseMs, 16);
  const header = { epoch: accept.epoch, seq: accept.next };
  return packet(PACKET.accept, header, [accept.nonce, accept.id, numbers, text(accept.codec)]);
}

export function decodeAccept(bytes: Buffer): Accept | undefined {
  const fields = new Fields(bytes);
  const accept = {
    epoch: epochOf(bytes),
    next: seqOf(bytes),
    nonce: fields.bytes(NONCE_BYTES),
    id: fields.bytes(ID_BYTES),
    oldest: fields.u64(),
    snapshot: fields.u32(),
    heartbeatMs: fields.u32(),
    leaseMs: fields.u32(),
    codec: fields.text(),
  };
  return fields.whole && Number.isSafeInteger(accept.next) ? accept : undefined;
}

export interface Reject {
  readonly nonce: Buffer;
  /** A LAB_ERR_* code. */
  readonly reason: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

const MAX_REASON_BYTES = 64;
const MAX_MESSAGE_BYTES = 1_000;

/** The texts are cut so that a REJECT is always shorter than the SUBSCRIBE it answers. */
export function encodeReject({ nonce, reason, message }: Reject): Buffer {
  return packet(PACKET.reject, {}, [nonce, text(reason, MAX_REASON_BYTES), text(message, MAX_MESSAGE_BYTES)]);
}

export function decodeReject(bytes: Buffer): Reject | undefined {
  const fields = new Fields(bytes);
  const reject = { nonce: fields.bytes(NONCE_BYTES), reason: fields.text(), message: fields.text() };
  return fields.whole ? reject : undefined;
}

/** What a client has seen. Counts are modulo 2^32. */
export interface Report {
  readonly epoch: Epoch;
  readonly id: Buffer;
  /** Highest dseq received; 0 before the first. */
  readonly highest: number;
  /** Different datagrams received, and datagrams missing. */
  readonly received: number;
  readonly lost: number;
  /** Interarrival jitter (RFC 3550 §6.4.1), µs. */
  readonly jitter: number;
}

export function encodeReport(report: Report): Buffer {
  const numbers = Buffer.alloc(16);
  [report.highest, report.received, report.lost, report.jitter].forEach((value, index) => {
    numbers.writeUInt32LE(value >>> 0, index * 4);
  });
  return packet(PACKET.report, { epoch: report.epoch }, [report.id, numbers]);
}

export function decodeReport(bytes: Buffer): Report | undefined {
  const fields = new Fields(bytes);
  const report = {
    epoch: epochOf(bytes),
    id: fields.bytes(ID_BYTES),
    highest: fields.u32(),
    received: fields.u32(),
    lost: fields.u32(),
    jitter: fields.u32(),
  };
  return fields.whole ? report : undefined;
}

/** From the server: the subscription is over. From a client: it leaves, or it has seen the server's END. */
export interface End {
  readonly epoch: Epoch;
  /** `NO_ID` in a multicast group, whose members have none. */
  readonly id: Buffer;
  /** Sequence number the next message would have had; 0 from a client. */
  readonly seq: number;
  /** The dseq the next datagram would have had; 0 from a client. */
  readonly dseq: number;
  /** µs since the epoch; 0 from a client. */
  readonly sendTime: number;
  /** 'closed', or a LAB_ERR_* code. */
  readonly reason: string;
}

export function encodeEnd({ id, reason, ...header }: End): Buffer {
  return packet(PACKET.end, { ...header, count: END_COUNT }, [id, text(reason)]);
}

export function decodeEnd(bytes: Buffer): End | undefined {
  const fields = new Fields(bytes);
  const end = {
    epoch: epochOf(bytes),
    id: fields.bytes(ID_BYTES),
    seq: seqOf(bytes),
    dseq: dseqOf(bytes),
    sendTime: sendTimeOf(bytes),
    reason: fields.text(),
  };
  return fields.whole && Number.isSafeInteger(end.seq) ? end : undefined;
}

/** What the server of a multicast group says of it; `epoch`, `next`, `dseq` and `sendTime` travel in the header. */
export interface Announce {
  readonly epoch: Epoch;
  /** Everything before this sequence number and this dseq has been sent. */
  readonly next: number;
  readonly dseq: number;
  /** µs since the epoch. */
  readonly sendTime: number;
  /** Lowest sequence number that the server still has; none of it is sent to a group again. */
  readonly oldest: number;
  /** The server speaks at least this often, data or not. */
  readonly heartbeatMs: number;
  readonly codec: string;
}

export function encodeAnnounce(announce: Announce): Buffer {
  const { epoch, next, dseq, sendTime, oldest, heartbeatMs, codec } = announce;
  const numbers = Buffer.alloc(12);
  writeU64(numbers, oldest, 0);
  numbers.writeUInt32LE(heartbeatMs, 8);
  return packet(PACKET.announce, { epoch, seq: next, dseq, sendTime }, [numbers, text(codec)]);
}

export function decodeAnnounce(bytes: Buffer): Announce | undefined {
  const fields = new Fields(bytes);
  const announce = {
    epoch: epochOf(bytes),
    next: seqOf(bytes),
    dseq: dseqOf(bytes),
    sendTime: sendTimeOf(bytes),
    oldest: fields.u64(),
    heartbeatMs: fields.u32(),
    codec: fields.text(),
  };
  return fields.whole && Number.isSafeInteger(announce.next) ? announce : undefined;
}

/** Payload of a LAGGED datagram: how many messages were skipped. Where the stream goes on stands in the header (`seq`). */
export function encodeMissed(missed: number): Buffer {
  const payload = Buffer.alloc(8);
  writeU64(payload, missed, 0);
  return payload;
}

export function decodeMissed(bytes: Buffer): number | undefined {
  const fields = new Fields(bytes);
  const missed = fields.u64();
  return fields.whole ? missed : undefined;
}

interface HeaderFields {
  readonly epoch?: Epoch;
  readonly seq?: number;
  readonly dseq?: number;
  readonly count?: number;
  readonly sendTime?: number;
}

function packet(type: PacketType, header: HeaderFields, parts: readonly Buffer[], minBytes = 0): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  const bytes = Buffer.alloc(Math.max(length, minBytes));
  const { epoch = NO_EPOCH, seq = 0, dseq = 0, count = 0, sendTime = 0 } = header;
  writeHeader(bytes, type, 0, epoch, seq, dseq, count, sendTime);
  let at = HEADER_BYTES;
  for (const part of parts) at += part.copy(bytes, at);
  return bytes;
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function text(value: string, maxBytes?: number): Buffer {
  return sized(Buffer.from(value).subarray(0, maxBytes));
}

function versionList(versions: readonly number[]): Buffer {
  return Buffer.from([versions.length, ...versions]);
}

/** Takes fields off a packet one after another. Past the end it gives zeros and `whole` turns false. */
class Fields {
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
