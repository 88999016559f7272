import type { Lagged } from '../../core/message.js';
import type { Conflated } from '../../core/sink.js';
import { Fields, ID_BYTES, packet, text } from './packet-fields.js';
import {
  dseqOf,
  END_COUNT,
  type Epoch,
  epochOf,
  FLAG,
  flagsOf,
  HEADER_BYTES,
  PACKET,
  sendTimeOf,
  seqOf,
  writeU64,
} from './wire.js';

/**
 * The packets of a stream under way, besides its data; `packet-fields.ts` says what holds for all.
 */

export const NO_ID: Buffer = Buffer.alloc(ID_BYTES);

/** Four counts, bytes. */
const REPORT_NUMBERS = 16;

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
  /** Rows of missing numbers so far, modulo 2^32; absent = it does not tell. */
  readonly bursts?: number | undefined;
}

/** Of a whole report, headers of the kernel not included. */
export const REPORT_BYTES: number = HEADER_BYTES + ID_BYTES + REPORT_NUMBERS;

export function encodeReport(report: Report): Buffer {
  const { highest, received, lost, jitter, bursts } = report;
  const values = [highest, received, lost, jitter, ...(bursts === undefined ? [] : [bursts])];
  const numbers = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) numbers.writeUInt32LE(value >>> 0, i * 4);
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
  if (!fields.whole) return undefined;
  // Older clients end here.
  return bytes.length >= REPORT_BYTES + 4 ? { ...report, bursts: fields.u32() } : report;
}

/**
 * From the server: the subscription is over. From a client: it leaves, or it has seen the server's
 * END.
 */
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

/**
 * What the server of a multicast group says of it; `epoch`, `next`, `dseq` and `sendTime` travel in
 * the header.
 */
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

/**
 * Payload of a LAGGED datagram: how many messages were skipped. Where the stream goes on stands in
 * the header (`seq`).
 */
export function encodeMissed(missed: number): Buffer {
  const payload = Buffer.alloc(8);
  writeU64(payload, missed, 0);
  return payload;
}

/** The same with the flag `conflated`: where that begins, and how old it is (µs) besides. */
export function laggedPayload(missed: number, conflated: Conflated | undefined): Buffer {
  if (conflated === undefined) return encodeMissed(missed);
  const payload = Buffer.alloc(24);
  writeU64(payload, missed, 0);
  writeU64(payload, conflated.from, 8);
  writeU64(payload, conflated.ageMicros, 16);
  return payload;
}

/** Of a LAGGED datagram, whatever its flags. */
export function decodeLagged(bytes: Buffer): Lagged | undefined {
  const missed = decodeMissed(bytes);
  if (missed === undefined) return undefined;
  const lagged: Lagged = { control: 'lagged', missed, next: seqOf(bytes) };
  if ((flagsOf(bytes) & FLAG.conflated) === 0) return lagged;
  const fields = new Fields(bytes);
  fields.u64();
  const conflated = { ...lagged, from: fields.u64(), age_us: fields.u64() };
  return fields.whole ? conflated : undefined;
}

export function decodeMissed(bytes: Buffer): number | undefined {
  const fields = new Fields(bytes);
  const missed = fields.u64();
  return fields.whole ? missed : undefined;
}
