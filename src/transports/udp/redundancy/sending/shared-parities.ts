import { HEADER_BYTES } from '../../../datagram/wire.js';
import {
  MOST_MEMBERS,
  PARITY_FIELDS,
  WIDEST_BLOCK,
  writeParityFields,
  xorSeq,
} from '../parity-packet.js';
import { xorInto } from '../xor.js';
import { SENT_KEPT, type SentDatagrams } from './sent-datagrams.js';

/** Parities that are remembered: those of a group or two. */
const REMEMBERED = 64;
/** Memory for parities is taken in pieces of this size, and never used again. */
const PIECE_BYTES = 64 * 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/** What follows the header in PARITY, and its `seq`: the same for all who were sent the same. */
export interface SharedParity {
  readonly seq: number;
  readonly body: Buffer;
}

/** A parity, and of what it is. */
class Entry implements SharedParity {
  seq = 0;
  body = NOTHING;
  members = 0;
  stride = 0;
  readonly payloads: Buffer[] = [];
  readonly seqs = new Float64Array(MOST_MEMBERS);
  /** Type and flags. */
  readonly kinds = new Uint16Array(MOST_MEMBERS);
}

/**
 * Parities of one server. Subscribers in step are sent the same slices, under numbers of their own:
 * the first to need the parity of some computes it, and the others find it. A parity lies in memory
 * that is written once, as it may stay in a socket's queue.
 */
export class SharedParities {
  readonly #entries = new Map<number, Entry>();
  readonly #keys = new Float64Array(REMEMBERED);
  #next = 0;
  readonly #starts = new Map<number, number>();
  #piece = NOTHING;
  #used = 0;

  /** Parities that had to be computed. */
  computed = 0;

  /**
   * A group of `plan` (any number that names it) begins at the datagram whose first message is
   * `seq`: others with such a group begin a new one there, and share its parities.
   */
  begin(plan: number, seq: number): void {
    this.#starts.set(plan, seq);
  }

  begins(plan: number, seq: number): boolean {
    return this.#starts.get(plan) === seq;
  }

  /** Of the datagrams `first`, `first + stride`, …, which `sent` still has. */
  of(sent: SentDatagrams, first: number, members: number, stride: number): SharedParity {
    const seq = sent.seqs[first % SENT_KEPT] as number;
    const key = ((seq % 2 ** 37) * WIDEST_BLOCK + stride - 1) * (MOST_MEMBERS + 1) + members;
    let entry = this.#entries.get(key);
    if (entry !== undefined && isOf(entry, sent, first, members, stride)) return entry;
    entry ??= this.#newEntry(key);
    this.#compute(entry, sent, first, members, stride);
    return entry;
  }

  /** Holds on to nothing of what was sent. */
  release(): void {
    this.#entries.clear();
    this.#starts.clear();
    this.#piece = NOTHING;
    this.#used = 0;
  }

  /** In the place of the oldest. */
  #newEntry(key: number): Entry {
    const oldest = this.#keys[this.#next] as number;
    const entry = this.#entries.get(oldest) ?? new Entry();
    this.#entries.delete(oldest);
    this.#entries.set(key, entry);
    this.#keys[this.#next] = key;
    this.#next = (this.#next + 1) % REMEMBERED;
    return entry;
  }

  #compute(
    entry: Entry,
    sent: SentDatagrams,
    first: number,
    members: number,
    stride: number,
  ): void {
    this.computed += 1;
    let longest = 0;
    for (let i = 0; i < members; i++) {
      const { length } = sent.payloads[(first + i * stride) % SENT_KEPT] as Buffer;
      if (length > longest) longest = length;
    }
    const body = this.#room(PARITY_FIELDS + longest);
    const fields = { seq: 0, length: 0, count: 0, type: 0, flags: 0 };
    entry.payloads.length = members;
    for (let i = 0; i < members; i++) {
      const at = (first + i * stride) % SENT_KEPT;
      const payload = sent.payloads[at] as Buffer;
      xorInto(body, PARITY_FIELDS, payload, 0, payload.length);
      fields.seq = xorSeq(fields.seq, sent.seqs[at] as number);
      fields.length ^= payload.length;
      fields.count ^= sent.counts[at] as number;
      fields.type ^= sent.types[at] as number;
      fields.flags ^= sent.flags[at] as number;
      entry.payloads[i] = payload;
      entry.seqs[i] = sent.seqs[at] as number;
      entry.kinds[i] = kindAt(sent, at);
    }
    writeParityFields(body, stride, fields);
    entry.seq = fields.seq;
    entry.body = body;
    entry.members = members;
    entry.stride = stride;
  }

  /** Zeros. */
  #room(bytes: number): Buffer {
    if (this.#used + bytes > this.#piece.length) {
      this.#piece = Buffer.allocUnsafeSlow(PIECE_BYTES).fill(0);
      this.#used = 0;
    }
    const room = this.#piece.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return room;
  }
}

/** Of a whole PARITY with this body, bytes. */
export function parityBytes({ body }: SharedParity): number {
  return HEADER_BYTES + body.length;
}

function isOf(
  entry: Entry,
  sent: SentDatagrams,
  first: number,
  members: number,
  stride: number,
): boolean {
  if (entry.members !== members || entry.stride !== stride) return false;
  for (let i = 0; i < members; i++) {
    const at = (first + i * stride) % SENT_KEPT;
    if (entry.seqs[i] !== sent.seqs[at] || entry.kinds[i] !== kindAt(sent, at)) return false;
    if (!isSame(entry.payloads[i] as Buffer, sent.payloads[at] as Buffer)) return false;
  }
  return true;
}

function kindAt({ types, flags }: SentDatagrams, at: number): number {
  return ((types[at] as number) << 8) | (flags[at] as number);
}

/** The same bytes of a log, whoever cut them out: logs never change what they hold. */
function isSame(a: Buffer, b: Buffer): boolean {
  if (a === b) return true;
  return a.length === b.length && a.byteOffset === b.byteOffset && a.buffer === b.buffer;
}
