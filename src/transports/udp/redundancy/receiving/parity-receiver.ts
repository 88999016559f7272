import { ARRIVAL, type Arrival } from '../../../datagram/data-reader.js';
import {
  countOf,
  dseqOf,
  type Epoch,
  HEADER_BYTES,
  PACKET,
  writeHeader,
} from '../../../datagram/wire.js';
import {
  decodeParity,
  type Parity,
  PROTECTED_FLAGS,
  WIDEST_BLOCK,
  xorSeq,
} from '../parity-packet.js';
import { PendingParities } from './pending-parities.js';
import { ReceivedPayloads } from './received-payloads.js';
import type { HandOn, ReceiverParts, RedundantReceiver } from './redundant-receiver.js';
import { RepairAccount } from './repair-account.js';

/** Of a datagram: none is longer than 1,472 bytes. */
const MOST_PAYLOAD = 1_472;

export interface ParityReceiverParts extends ReceiverParts {
  /** Of the stream. */
  readonly epoch: Epoch;
}

/**
 * Takes parities in, and rebuilds a datagram that is the only one missing of a block. It keeps the
 * payloads of the latest datagrams for that, in bounded memory, whatever parities claim.
 */
export class ParityReceiver implements RedundantReceiver {
  handOn: HandOn = () => false;
  readonly #parts: ParityReceiverParts;
  readonly #account: RepairAccount;
  readonly #payloads = new ReceivedPayloads();
  readonly #pending: PendingParities;
  /** Where a datagram is rebuilt; taken when the first is. */
  #rebuilt: Buffer | undefined;
  #isDue = false;

  constructor(parts: ParityReceiverParts) {
    this.#parts = parts;
    this.#account = new RepairAccount(parts);
    this.#pending = new PendingParities(() => {
      parts.counters.futile += 1;
    });
  }

  get bursts(): number {
    return this.#account.bursts;
  }

  arrived(bytes: Buffer, at: number, end: number): Arrival {
    const number = this.#account.numberOf(dseqOf(bytes, at));
    const arrival = this.#account.arrived(number, countOf(bytes, at));
    if (arrival === ARRIVAL.repaired) return arrival;
    this.#payloads.put(number, bytes, at, end);
    if (this.#pending.size > 0 && this.#pending.came(number)) this.#isDue = true;
    return arrival;
  }

  settle(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    for (const { parity, first } of this.#pending.takeDue()) this.#use(parity, first);
  }

  announced(dseq: number): void {
    this.#account.told(dseq);
  }

  take(type: number, bytes: Buffer): boolean {
    const parity = type === PACKET.parity ? decodeParity(bytes) : undefined;
    if (parity === undefined) return false;
    this.#parts.counters.redundant += 1;
    this.#pending.expire(this.#account.highest - WIDEST_BLOCK);
    return this.#use(parity, this.#account.numberOf(parity.first));
  }

  /** False when it, or what comes of it, makes no sense. */
  #use(parity: Parity, first: number): boolean {
    const { counters } = this.#parts;
    const { members, stride } = parity;
    if (first < 1) return false;
    let lost = 0;
    let missing = 0;
    let isWhole = true;
    for (let i = 0; i < members; i++) {
      const number = first + i * stride;
      if (!this.#account.isSettled(number)) {
        lost += 1;
        missing = number;
      } else if (!this.#payloads.has(number)) isWhole = false;
    }
    if (lost === 0) counters.unused += 1;
    else if (lost === 1 && isWhole) return this.#rebuild(parity, first, missing);
    else if (isWhole) this.#pending.add(parity, first, lost);
    else counters.futile += 1;
    return true;
  }

  #rebuild(parity: Parity, first: number, missing: number): boolean {
    const { epoch } = this.#parts;
    const { payload, sendTime } = parity;
    if (payload.length > MOST_PAYLOAD) return false;
    this.#rebuilt ??= Buffer.allocUnsafeSlow(HEADER_BYTES + MOST_PAYLOAD);
    const bytes = this.#rebuilt;
    const end = HEADER_BYTES + payload.copy(bytes, HEADER_BYTES);
    let { seq, length, count, flags } = parity;
    let type: number = parity.type;
    const payloads = this.#payloads;
    for (let i = 0; i < parity.members; i++) {
      const number = first + i * parity.stride;
      if (number === missing) continue;
      const slot = payloads.slotOf(number);
      // A parity shorter than one of its block is none of it.
      if ((payloads.lengths[slot] as number) > payload.length) return false;
      payloads.xorInto(bytes, HEADER_BYTES, number);
      seq = xorSeq(seq, payloads.seqs[slot] as number);
      length ^= payloads.lengths[slot] as number;
      count ^= payloads.counts[slot] as number;
      type ^= payloads.types[slot] as number;
      flags ^= (payloads.flags[slot] as number) & PROTECTED_FLAGS;
    }
    if (type !== PACKET.data && type !== PACKET.lagged) return false;
    if (length > payload.length) return false;
    // What fills up the shorter ones is zeros, or these were others.
    for (let at = HEADER_BYTES + length; at < end; at++) if (bytes[at] !== 0) return false;
    writeHeader(bytes, type, flags, epoch, seq, missing, count, sendTime);
    const datagram = bytes.subarray(0, HEADER_BYTES + length);
    const messages = type === PACKET.data ? count : 0;
    const isTaken = this.#account.bringBack(missing, messages, (isLate) =>
      this.handOn(datagram, isLate),
    );
    if (isTaken) payloads.put(missing, datagram, 0, datagram.length);
    return isTaken;
  }
}
