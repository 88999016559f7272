import { FATE, type Fate } from '../fate.js';
import { COUNTER, COUNTERS, NO_ROOM, type PackedBook } from '../packed-book.js';
import { DroppedData } from './dropped-data.js';
import { CONTENT, contentOf, dataHeader } from './packet-fields.js';

type Loss = Exclude<Fate, typeof FATE.delivered> | typeof NO_ROOM;

/** 20 MB once they are written. */
const MOST_DROPPED_DATA = 1 << 20;

/** The fate of every packet. A row is a client's direction, or what is nobody's. */
export class PacketBook {
  readonly strangers: number;
  readonly #counts: Float64Array;
  readonly #dropped: DroppedData;
  readonly #segments: Float64Array;

  constructor(clients: number, mostDropped: number = MOST_DROPPED_DATA) {
    this.strangers = 2 * clients;
    this.#counts = new Float64Array((this.strangers + 1) * COUNTERS);
    this.#dropped = new DroppedData(clients, mostDropped);
    this.#segments = new Float64Array(clients);
  }

  row(client: number, isUp: boolean): number {
    return 2 * client + (isUp ? 0 : 1);
  }

  offered(row: number, bytes: number): void {
    this.#add(row, COUNTER.packets, 1);
    this.#add(row, COUNTER.bytes, bytes);
  }

  delivered(row: number, bytes: number): void {
    this.#add(row, COUNTER.fate + FATE.delivered, 1);
    this.#add(row, COUNTER.deliveredBytes, bytes);
  }

  duplicated(row: number): void {
    this.#add(row, COUNTER.duplicated, 1);
  }

  reordered(row: number): void {
    this.#add(row, COUNTER.reordered, 1);
  }

  /** The packet as it was before. It is delivered, but no program gets it. */
  corrupted(row: number, bytes: Buffer, at: number, length: number): void {
    this.#add(row, COUNTER.corrupted, 1);
    this.#missed(row, bytes, at, length);
  }

  /** The packet is `[at, at + length)` of `bytes`. */
  dropped(row: number, loss: Loss, bytes: Buffer, at: number, length: number): void {
    this.#add(row, COUNTER.fate + loss, 1);
    this.#missed(row, bytes, at, length);
  }

  /** The kernel did not take it back; `wasCorrupted`: it was missed before. */
  refused(row: number, wasCorrupted: boolean, bytes: Buffer, at: number, length: number): void {
    this.#add(row, COUNTER.fate + NO_ROOM, 1);
    if (!wasCorrupted) this.#missed(row, bytes, at, length);
  }

  /** Views of what goes on being counted. */
  pack(): Pick<PackedBook, 'counts' | 'segments' | 'unlisted' | 'dropped'> {
    return { counts: this.#counts, segments: this.#segments, ...this.#dropped.pack() };
  }

  /** Lists what a client was to get. */
  #missed(row: number, bytes: Buffer, at: number, length: number): void {
    if (row === this.strangers || row % 2 === 0) return;
    const client = row >> 1;
    const content = contentOf(bytes, at, length);
    if (content === CONTENT.data) this.#dropped.add(client, bytes, dataHeader(bytes, at));
    else if (content === CONTENT.fragment) this.#dropped.addUnlisted(client);
    else if (content === CONTENT.segment)
      this.#segments[client] = (this.#segments[client] as number) + 1;
  }

  #add(row: number, counter: number, value: number): void {
    const at = row * COUNTERS + counter;
    this.#counts[at] = (this.#counts[at] as number) + value;
  }
}
