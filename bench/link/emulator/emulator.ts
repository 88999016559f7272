import { LatencyRecorder } from '../../record/latency-recorder.js';
import { type Decision, FATE, type LinkDirection } from '../fate.js';
import { NO_ROOM } from '../packed-book.js';
import { DeadlineQueue } from './deadline-queue.js';
import { PacketBook } from './packet-book.js';
import { clientOf, invertBit } from './packet-fields.js';
import type { PacketMemory } from './packet-memory.js';
import type { PacketDevice } from './tun-device.js';

/** What the emulator asks about packets: of each client, both directions. */
export interface Directions {
  readonly clients: readonly { readonly up: LinkDirection; readonly down: LinkDirection }[];
}

/** So many packets are read, or delivered, before the others have a turn. */
const BATCH = 32;

/** One of the two ways: packets are read at one end and written to the other. */
interface Way {
  readonly isUp: boolean;
  readonly from: PacketDevice;
  readonly to: PacketDevice;
  readonly directions: readonly LinkDirection[];
  /** Nothing lay unread then; what is read later came since. */
  emptyAt: number;
}

/**
 * Moves packets between two devices as a model decides. It allocates nothing for a packet. Times
 * are µs of `now`.
 */
export class Emulator {
  readonly book: PacketBook;
  /** Of what was delivered since it was made. */
  lateness = new LatencyRecorder();
  readonly #memory: PacketMemory;
  readonly #now: () => number;
  readonly #queue: DeadlineQueue;
  readonly #ways: readonly [Way, Way];
  // Of the packet in a slot.
  readonly #bytes: Uint16Array;
  readonly #rows: Int32Array;
  readonly #unread: Float64Array;
  readonly #marks: Uint8Array;
  readonly #decision: Decision = {
    fate: FATE.delivered,
    deliverAt: 0,
    duplicateAt: -1,
    corruptBit: -1,
    isReordered: false,
  };

  constructor(
    { clients }: Directions,
    serverEnd: PacketDevice,
    clientEnd: PacketDevice,
    memory: PacketMemory,
    now: () => number,
  ) {
    this.book = new PacketBook(clients.length);
    this.#memory = memory;
    this.#now = now;
    const slots = memory.spare;
    this.#queue = new DeadlineQueue(slots);
    this.#bytes = new Uint16Array(slots);
    this.#rows = new Int32Array(slots);
    this.#unread = new Float64Array(slots);
    this.#marks = new Uint8Array(slots);
    const emptyAt = now();
    const up = clients.map((client) => client.up);
    const down = clients.map((client) => client.down);
    this.#ways = [
      { isUp: true, from: clientEnd, to: serverEnd, directions: up, emptyAt },
      { isUp: false, from: serverEnd, to: clientEnd, directions: down, emptyAt },
    ];
  }

  /**
   * Reads what came and delivers what is due, some of each. Returns how long nothing is to be done
   * unless more comes: 0 = there may be more, Infinity = nothing is on its way.
   */
  turn(): number {
    const [up, down] = this.#ways;
    const isEmpty = this.#receive(up);
    const areEmpty = this.#receive(down) && isEmpty;
    const now = this.#deliver();
    return areEmpty ? Math.max(0, this.#queue.first - now) : 0;
  }

  /** So long was slept until something could be read: what then lies there has just come. */
  slept(micros: number): void {
    for (const way of this.#ways) way.emptyAt += micros;
  }

  /** Whether there was nothing more to read. */
  #receive(way: Way): boolean {
    const memory = this.#memory;
    for (let i = 0; i < BATCH; i++) {
      const taken = memory.take();
      const slot = taken === -1 ? memory.spare : taken;
      const before = this.#now();
      const bytes = way.from.read(slot);
      if (bytes <= 0) {
        if (taken !== -1) memory.giveBack(taken);
        way.emptyAt = before;
        return true;
      }
      if (!this.#offer(way, slot, bytes) && taken !== -1) memory.giveBack(taken);
    }
    return false;
  }

  /** Whether the packet is on its way. */
  #offer(way: Way, slot: number, bytes: number): boolean {
    const { book } = this;
    const memory = this.#memory;
    const { isUp } = way;
    const now = this.#now();
    const at = memory.at(slot);
    const client = clientOf(memory.bytes, at, bytes, isUp);
    const direction = way.directions[client];
    const row = direction === undefined ? book.strangers : book.row(client, isUp);
    book.offered(row, bytes);
    const decision = this.#decision;
    if (direction === undefined) carryAtOnce(decision, now);
    else direction.offer(bytes, now, decision);
    const { fate, duplicateAt, corruptBit } = decision;
    if (fate !== FATE.delivered) {
      book.dropped(row, fate, memory.bytes, at, bytes);
      return false;
    }
    if (decision.isReordered) book.reordered(row);
    if (slot === memory.spare) {
      book.dropped(row, NO_ROOM, memory.bytes, at, bytes);
      return false;
    }
    let marks = isUp ? IS_UP : 0;
    if (corruptBit >= 0) {
      book.corrupted(row, memory.bytes, at, bytes);
      invertBit(memory.bytes, at, bytes, corruptBit);
      marks |= IS_CORRUPT;
    }
    const unread = now - way.emptyAt;
    this.#send(slot, bytes, row, marks, unread, decision.deliverAt);
    if (duplicateAt >= 0) this.#duplicate(slot, duplicateAt);
    return true;
  }

  #send(
    slot: number,
    bytes: number,
    row: number,
    marks: number,
    unread: number,
    deadline: number,
  ): void {
    this.#bytes[slot] = bytes;
    this.#rows[slot] = row;
    this.#marks[slot] = marks;
    this.#unread[slot] = unread;
    this.#queue.push(slot, deadline);
  }

  /** As it is, a harmed one too. Without a slot for it there is none. */
  #duplicate(slot: number, deadline: number): void {
    const copy = this.#memory.take();
    if (copy === -1) return;
    const bytes = this.#bytes[slot] as number;
    this.#memory.copy(slot, copy, bytes);
    const marks = (this.#marks[slot] as number) | IS_DUPLICATE;
    const [row, unread] = [this.#rows[slot] as number, this.#unread[slot] as number];
    this.#send(copy, bytes, row, marks, unread, deadline);
  }

  /** The time when the last was delivered, or found to be not yet due. */
  #deliver(): number {
    let now = this.#now();
    for (let i = 0; i < BATCH && this.#queue.first <= now; i++) {
      const late = now - this.#queue.first;
      const slot = this.#queue.pop();
      this.#write(slot, late + (this.#unread[slot] as number));
      this.#memory.giveBack(slot);
      now = this.#now();
    }
    return now;
  }

  #write(slot: number, late: number): void {
    const { book } = this;
    const marks = this.#marks[slot] as number;
    const bytes = this.#bytes[slot] as number;
    const row = this.#rows[slot] as number;
    const { to } = this.#ways[(marks & IS_UP) === 0 ? 1 : 0];
    const isTaken = to.write(slot, bytes);
    if ((marks & IS_DUPLICATE) !== 0) {
      if (isTaken) book.duplicated(row);
      return;
    }
    this.lateness.record(late);
    if (isTaken) book.delivered(row, bytes);
    else {
      const wasCorrupted = (marks & IS_CORRUPT) !== 0;
      book.refused(row, wasCorrupted, this.#memory.bytes, this.#memory.at(slot), bytes);
    }
  }
}

/** Marks of a packet on its way. */
const [IS_UP, IS_DUPLICATE, IS_CORRUPT] = [1, 2, 4];

/** A stranger's packet takes no time and no harm. */
function carryAtOnce(decision: Decision, now: number): void {
  decision.fate = FATE.delivered;
  decision.deliverAt = now;
  decision.duplicateAt = -1;
  decision.corruptBit = -1;
  decision.isReordered = false;
}
