import type { EncodedLog } from '../../../../core/log/encoded-log.js';
import type { RedundantContext } from '../redundancy.js';
import { SENT_KEPT, type SentDatagrams } from './sent-datagrams.js';

/** Copies that are remembered. */
const SLOTS = 64;

const NOTHING: Buffer = Buffer.alloc(0);

/** What of a datagram is worth a copy: the same for all who were sent it, and ask now. */
export interface SharedCopy {
  /** Sequence number of the first message that is left, how many are, and their bytes. */
  readonly seq: number;
  readonly count: number;
  readonly payload: Buffer;
  /** Messages left out, as later ones of their keys have been published. */
  readonly replaced: number;
}

class Entry implements SharedCopy {
  seq = 0;
  count = 0;
  payload = NOTHING;
  replaced = 0;
  /** Of what, and how far the feed had come. */
  original = NOTHING;
  next = 0;
}

/**
 * Looks up once for all subscribers which messages of a datagram are still the latest of their keys:
 * a copy of a value that has been replaced would repair nothing that anybody wants.
 */
export class SharedCopies {
  readonly #broadcast: RedundantContext['broadcast'];
  readonly #entries: (Entry | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

  constructor(broadcast: RedundantContext['broadcast']) {
    this.#broadcast = broadcast;
  }

  /** Of datagram `number`, which `sent` still has and which was read from `log`. */
  of(sent: SentDatagrams, number: number, log: EncodedLog): SharedCopy {
    const at = number % SENT_KEPT;
    const original = sent.payloads[at] as Buffer;
    const slot = (sent.seqs[at] as number) % SLOTS;
    const { next } = this.#broadcast;
    let entry = this.#entries[slot];
    if (entry === undefined) {
      entry = new Entry();
      this.#entries[slot] = entry;
    } else if (entry.original === original && entry.next === next) return entry;
    entry.original = original;
    entry.next = next;
    this.#fill(entry, sent, at, log);
    return entry;
  }

  /** Holds on to nothing of what was sent. */
  release(): void {
    this.#entries.fill(undefined);
  }

  #fill(entry: Entry, sent: SentDatagrams, at: number, log: EncodedLog): void {
    const position = sent.positions[at] as number;
    const count = sent.counts[at] as number;
    const payload = sent.payloads[at] as Buffer;
    entry.seq = sent.seqs[at] as number;
    entry.count = count;
    entry.payload = payload;
    entry.replaced = 0;
    // What is no longer retained is copied as it is: its keys are not known any more.
    if (position < log.first) return;
    const kept: number[] = [];
    for (let i = position; i < position + count; i++)
      if (!this.#broadcast.isReplaced(log.seqAt(i))) kept.push(i);
    entry.replaced = count - kept.length;
    if (entry.replaced === 0) return;
    entry.count = kept.length;
    const pieces = kept.map((i) => log.piece(i, i + 1, payload.length).bytes);
    entry.payload = Buffer.concat(pieces);
    if (kept.length > 0) entry.seq = log.seqAt(kept[0] as number);
  }
}
