import { Fields, ID_BYTES, packet } from './packet-fields.js';
import { countOf, type Epoch, epochOf, HEADER_BYTES, PACKET, seqOf, writeU64 } from './wire.js';

/** The packets of repair; `packet-fields.ts` says what holds for all. */

/** Ranges of one NAK, at most. */
export const MOST_RANGES = 16;
const RANGE_BYTES = 16;
/** Of a whole GAP, and of one that says how many are superseded. */
export const GAP_BYTES: number = HEADER_BYTES + 9;
export const SUPERSEDED_GAP_BYTES: number = GAP_BYTES + 4;

/** Sequence numbers `[from, to)`. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** From a client: what it misses. */
export interface Nak {
  readonly epoch: Epoch;
  readonly id: Buffer;
  /** 1 to 16 of them. */
  readonly ranges: readonly SeqRange[];
}

export function encodeNak({ epoch, id, ranges }: Nak): Buffer {
  const numbers = Buffer.alloc(ranges.length * RANGE_BYTES);
  for (const [i, { from, to }] of ranges.entries()) {
    writeU64(numbers, from, i * RANGE_BYTES);
    writeU64(numbers, to, i * RANGE_BYTES + 8);
  }
  return packet(PACKET.nak, { epoch, count: ranges.length }, [id, numbers]);
}

export function decodeNak(bytes: Buffer): Nak | undefined {
  const count = countOf(bytes);
  if (count < 1 || count > MOST_RANGES) return undefined;
  const fields = new Fields(bytes);
  const id = fields.bytes(ID_BYTES);
  const ranges = Array.from({ length: count }, () => ({ from: fields.u64(), to: fields.u64() }));
  const sound = fields.whole && ranges.every(({ from, to }) => from >= 1 && from < to);
  return sound ? { epoch: epochOf(bytes), id, ranges } : undefined;
}

/**
 * Why messages do not come: no longer retained; none of this subscription's; later ones of their
 * keys have been published, and only the latest is wanted.
 */
export const GAP_REASON = { gone: 1, none: 2, superseded: 3 } as const;

export type GapReason = (typeof GAP_REASON)[keyof typeof GAP_REASON];

const REASONS: ReadonlyMap<number, GapReason> = new Map(
  Object.values(GAP_REASON).map((reason) => [reason, reason]),
);

/** From the server: of these sequence numbers nothing comes any more. `from` is in the header. */
export interface GapNotice extends SeqRange {
  readonly epoch: Epoch;
  readonly reason: GapReason;
  /** Of those superseded, how many had been sent. The others, if any, were told by a LAGGED. */
  readonly superseded: number;
}

export function encodeGap({ epoch, from, to, reason, superseded }: GapNotice): Buffer {
  const isCounted = reason === GAP_REASON.superseded;
  const fields = Buffer.alloc((isCounted ? SUPERSEDED_GAP_BYTES : GAP_BYTES) - HEADER_BYTES);
  writeU64(fields, to, 0);
  fields[8] = reason;
  if (isCounted) fields.writeUInt32LE(superseded, 9);
  return packet(PACKET.gap, { epoch, seq: from }, [fields]);
}

export function decodeGap(bytes: Buffer): GapNotice | undefined {
  const fields = new Fields(bytes);
  const from = seqOf(bytes);
  const to = fields.u64();
  const reason = REASONS.get(fields.u8());
  const superseded = reason === GAP_REASON.superseded ? fields.u32() : 0;
  const isSound = fields.whole && from >= 1 && from < to && superseded <= to - from;
  if (!isSound || reason === undefined) return undefined;
  return { epoch: epochOf(bytes), from, to, reason, superseded };
}
