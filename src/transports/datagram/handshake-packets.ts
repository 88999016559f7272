import { Fields, ID_BYTES, packet, sized, text } from './packet-fields.js';
import {
  dseqOf,
  type Epoch,
  epochOf,
  FLAG,
  flagsOf,
  PACKET,
  sendTimeOf,
  seqOf,
  versionOf,
  writeFlags,
  writeU64,
  writeVersion,
} from './wire.js';

/** The packets that open a subscription; `packet-fields.ts` says what holds for all. */

/** HELLO and SUBSCRIBE are at least this long, so that no answer to them amplifies. */
export const PADDED_BYTES = 1_200;
export const NONCE_BYTES = 8;
export const TOKEN_BYTES = 24;

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
  /** In the header: of the server's clock, µs since the epoch; 0 = it does not tell. */
  readonly sendTime: number;
}

export function encodeRetry(retry: Retry): Buffer {
  const { sendTime } = retry;
  return packet(PACKET.retry, { sendTime }, [
    retry.nonce,
    retry.token,
    versionList(retry.versions),
  ]);
}

export function decodeRetry(bytes: Buffer): Retry | undefined {
  const fields = new Fields(bytes);
  const retry = {
    nonce: fields.bytes(NONCE_BYTES),
    token: fields.bytes(TOKEN_BYTES),
    versions: [...fields.bytes(fields.u8())],
    sendTime: sendTimeOf(bytes),
  };
  return fields.whole ? retry : undefined;
}

export interface Subscribe {
  /** Of the wire, in the header: the highest that both sides speak. */
  readonly version: number;
  readonly nonce: Buffer;
  readonly token: Buffer;
  /** Empty today; its place is kept. */
  readonly credential: Buffer;
  /** The JSON request, see transports/request.ts. */
  readonly request: string;
  /**
   * SO_RCVBUF of the client as its kernel reports it, in the header (`dseq`); 0 = not told, and
   * then the client sends no REPORT when it is asked for one.
   */
  readonly receiveBufferBytes: number;
  /** In the header, a flag: repair is asked for. */
  readonly repair: boolean;
  /** Behind the request; absent = none is asked for. */
  readonly redundancy?: RedundancyWish | undefined;
}

export interface RedundancyWish {
  /** 1 = parities, 2 = copies. */
  readonly code: number;
  /** What comes later than this is of no use, ms; 0 = not told. */
  readonly deadlineMs: number;
}

export function encodeSubscribe(subscribe: Subscribe): Buffer {
  const { version, nonce, token, credential, request, receiveBufferBytes, repair } = subscribe;
  const parts = [nonce, token, sized(credential), text(request)];
  if (subscribe.redundancy !== undefined) parts.push(encodeWish(subscribe.redundancy));
  const bytes = packet(PACKET.subscribe, { dseq: receiveBufferBytes }, parts, PADDED_BYTES);
  writeVersion(bytes, version);
  if (repair) writeFlags(bytes, FLAG.repair);
  return bytes;
}

/** Undefined too when the packet is not padded. */
export function decodeSubscribe(bytes: Buffer): Subscribe | undefined {
  if (bytes.length < PADDED_BYTES) return undefined;
  const fields = new Fields(bytes);
  const subscribe = {
    version: versionOf(bytes),
    nonce: fields.bytes(NONCE_BYTES),
    token: fields.bytes(TOKEN_BYTES),
    credential: fields.bytes(fields.u16()),
    request: fields.text(),
    receiveBufferBytes: dseqOf(bytes),
    repair: hasRepair(bytes),
  };
  if (!fields.whole) return undefined;
  // Of older clients it may be that nothing follows; else zeros do.
  const redundancy = { code: fields.u8(), deadlineMs: fields.u16() };
  return fields.whole && redundancy.code > 0 ? { ...subscribe, redundancy } : subscribe;
}

function encodeWish({ code, deadlineMs }: RedundancyWish): Buffer {
  return Buffer.from([code, deadlineMs & 0xff, deadlineMs >> 8]);
}

/** `epoch`, `next` and `sendTime` travel in the header (`epoch`, `seq`, `sendTime`). */
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
  /** Overload policy that this subscriber has; '' = it does not tell (older servers). */
  readonly policy: string;
  /** Of the server's clock when it first sent this, µs since the epoch; 0 = it does not tell. */
  readonly sendTime: number;
  /** In the header, a flag: repair is granted. */
  readonly repair: boolean;
  /** Redundancy that is granted, behind the policy: as of SUBSCRIBE; absent = none. */
  readonly redundancy?: number | undefined;
}

export function encodeAccept(accept: Accept): Buffer {
  const numbers = Buffer.alloc(20);
  writeU64(numbers, accept.oldest, 0);
  numbers.writeUInt32LE(accept.snapshot, 8);
  numbers.writeUInt32LE(accept.heartbeatMs, 12);
  numbers.writeUInt32LE(accept.leaseMs, 16);
  const header = { epoch: accept.epoch, seq: accept.next, sendTime: accept.sendTime };
  const parts = [accept.nonce, accept.id, numbers, text(accept.codec), text(accept.policy)];
  if (accept.redundancy !== undefined) parts.push(Buffer.from([accept.redundancy]));
  const bytes = packet(PACKET.accept, header, parts);
  if (accept.repair) writeFlags(bytes, FLAG.repair);
  return bytes;
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
    policy: fields.atEnd ? '' : fields.text(),
    sendTime: sendTimeOf(bytes),
    repair: hasRepair(bytes),
  };
  if (!fields.whole || !Number.isSafeInteger(accept.next)) return undefined;
  const redundancy = fields.u8();
  return fields.whole && redundancy > 0 ? { ...accept, redundancy } : accept;
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
  return packet(PACKET.reject, {}, [
    nonce,
    text(reason, MAX_REASON_BYTES),
    text(message, MAX_MESSAGE_BYTES),
  ]);
}

export function decodeReject(bytes: Buffer): Reject | undefined {
  const fields = new Fields(bytes);
  const reject = {
    nonce: fields.bytes(NONCE_BYTES),
    reason: fields.text(),
    message: fields.text(),
  };
  return fields.whole ? reject : undefined;
}

function hasRepair(bytes: Buffer): boolean {
  return (flagsOf(bytes) & FLAG.repair) !== 0;
}

function versionList(versions: readonly number[]): Buffer {
  return Buffer.from([versions.length, ...versions]);
}
