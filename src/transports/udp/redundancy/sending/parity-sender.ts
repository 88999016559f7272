import type { SinkReader } from '../../../../core/sink.js';
import { HEADER_BYTES, PACKET, writeHeader } from '../../../datagram/wire.js';
import type { Target } from '../../sending/sender.js';
import { PARITY_PAYLOAD, PROTECTED_FLAGS } from '../parity-packet.js';
import { type LossReport, PathEstimate } from '../path-estimate.js';
import { type KnownPath, PARITY_BUDGET, type ParityPlan, planParity } from '../plan.js';
import type { RedundantContext, RedundantSender } from '../redundancy.js';
import { SENT_KEPT, SentDatagrams } from './sent-datagrams.js';
import { parityBytes, type SharedParities } from './shared-parities.js';

/** Parities, as long as those of late, that may be saved up, and that a subscriber begins with. */
const SAVED_PARITIES = 32;
const FIRST_PARITIES = 4;
/** Groups that are closed and wait to be sent. */
const MOST_CLOSED = 16;
/** Share that the latest group has in what is known of lengths. */
const LATEST_PART = 1 / 8;

/** Datagrams that follow one another, in `depth` interleaved blocks of at most `k`. */
interface Group {
  first: number;
  count: number;
  k: number;
  depth: number;
}

/**
 * XOR parities for one subscriber. The datagrams of a group go round-robin into `depth` blocks; when
 * it is full, or nothing more comes, the parity of each block is sent.
 */
export class ParitySender implements RedundantSender {
  readonly #context: RedundantContext;
  readonly #target: Target;
  readonly #shared: SharedParities;
  readonly #deadlineMs: number;
  readonly #planFor: (path: KnownPath, deadlineMs: number) => ParityPlan;
  readonly #path = new PathEstimate();
  readonly #sent = new SentDatagrams();
  readonly #closed: Group[] = Array.from({ length: MOST_CLOSED }, () => newGroup());
  #closedCount = 0;
  readonly #open = newGroup();
  #openedAt = 0;
  /** Bytes that may be spent. */
  #credit = 0;
  /** The longest payload of this group, and of this and the one before. */
  #longestHere = 0;
  #longest = 0;

  /** `planFor`: how much is sent, and for how long a burst. */
  constructor(
    context: RedundantContext,
    target: Target,
    shared: SharedParities,
    deadlineMs: number,
    planFor: (path: KnownPath, deadlineMs: number) => ParityPlan = planParity,
  ) {
    this.#planFor = planFor;
    this.#context = context;
    this.#target = target;
    this.#shared = shared;
    this.#deadlineMs = deadlineMs;
  }

  sent(
    number: number,
    type: number,
    flags: number,
    seq: number,
    count: number,
    position: number,
    payload: Buffer,
    now: number,
  ): void {
    this.#path.rate.sent(now);
    const group = this.#open;
    this.#sent.set(number, type, flags & PROTECTED_FLAGS, seq, count, position, payload);
    this.#earn(payload.length);
    if (group.count > 0 && this.#shared.begins(keyOf(group), seq)) this.#close();
    if (group.count === 0) this.#begin(number, seq, now);
    group.count += 1;
    if (group.count === group.k * group.depth) this.#close();
  }

  inStep(_reader: SinkReader): void {
    if (this.#closedCount === 0) return;
    for (let i = 0; i < this.#closedCount; i++) this.#send(this.#closed[i] as Group);
    this.#closedCount = 0;
  }

  idle(reader: SinkReader): void {
    this.#close();
    this.inStep(reader);
  }

  tick(reader: SinkReader, now: number): void {
    const isOld = now - this.#openedAt > this.#deadlineMs * 1_000;
    if (this.#open.count > 0 && isOld) this.idle(reader);
  }

  suspend(): void {
    this.#open.count = 0;
    this.#closedCount = 0;
  }

  reported(report: LossReport, now: number): void {
    this.#path.reported(report, now);
  }

  release(): void {
    this.suspend();
    this.#sent.release();
  }

  #earn(length: number): void {
    if (this.#longest === 0) this.#credit = FIRST_PARITIES * (PARITY_PAYLOAD + length);
    this.#longestHere = Math.max(this.#longestHere, length);
    this.#longest = Math.max(this.#longest, length);
    const credit = this.#credit + (HEADER_BYTES + length) * PARITY_BUDGET;
    this.#credit = Math.min(credit, SAVED_PARITIES * (PARITY_PAYLOAD + this.#longest));
  }

  #begin(number: number, seq: number, now: number): void {
    const { k, depth } = this.#planFor(this.#path, this.#deadlineMs);
    this.#open.first = number;
    this.#open.k = k;
    this.#open.depth = depth;
    this.#openedAt = now;
    this.#longest = Math.max(1, this.#longestHere);
    this.#longestHere = 0;
    this.#shared.begin(keyOf(this.#open), seq);
  }

  /** Of what waits too long for its turn the oldest is given up. */
  #close(): void {
    const { first, count, depth } = this.#open;
    if (count === 0) return;
    this.#open.count = 0;
    const oldest = this.#closed[0] as Group;
    const isFull = this.#closedCount === MOST_CLOSED;
    if (isFull || (this.#closedCount > 0 && first + count - oldest.first > SENT_KEPT)) {
      this.#context.counters.repairsWithheld += Math.min(oldest.depth, oldest.count);
      this.#closed.copyWithin(0, 1);
      this.#closed[MOST_CLOSED - 1] = oldest;
      this.#closedCount -= 1;
    }
    const group = this.#closed[this.#closedCount] as Group;
    group.first = first;
    group.count = count;
    group.depth = depth;
    this.#closedCount += 1;
  }

  #send(group: Group): void {
    const { first, count, depth } = group;
    const blocks = Math.min(depth, count);
    for (let block = 0; block < blocks; block++) {
      const members = Math.ceil((count - block) / depth);
      if (this.#sendParity(first + block, members, depth)) continue;
      this.#context.counters.repairsWithheld += 1;
    }
    this.#learnLengths(group);
  }

  /** How long its first parity is, beside the datagrams it is of. */
  #learnLengths({ first, count, depth }: Group): void {
    let longest = 0;
    let bytes = 0;
    let members = 0;
    for (let at = 0; at < count; at += depth) {
      const { length } = this.#sent.payloads[(first + at) % SENT_KEPT] as Buffer;
      if (length > longest) longest = length;
      bytes += HEADER_BYTES + length;
      members += 1;
    }
    const parityLength = ((PARITY_PAYLOAD + longest) * members) / bytes;
    this.#path.parityLength += (parityLength - this.#path.parityLength) * LATEST_PART;
  }

  /** False when the budget, or the kernel, does not let it out. */
  #sendParity(first: number, members: number, stride: number): boolean {
    const { sender, counters, epoch, clock } = this.#context;
    if (sender.blocked) return false;
    const parity = this.#shared.of(this.#sent, first, members, stride);
    const bytes = parityBytes(parity);
    if (this.#credit < bytes) return false;
    this.#credit -= bytes;
    const sendTime = Math.floor(sender.time() + (clock.step ?? 0));
    writeHeader(sender.header, PACKET.parity, 0, epoch, parity.seq, first, members, sendTime);
    sender.send(parity.body, 0, this.#target);
    counters.repairs += 1;
    counters.repairBytes += bytes;
    return true;
  }
}

function newGroup(): Group {
  return { first: 0, count: 0, k: 1, depth: 1 };
}

/** Names what a group is to become. */
function keyOf({ k, depth }: ParityPlan): number {
  return depth * 256 + k;
}
