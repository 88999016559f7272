import type { SinkReader } from '../../../core/sink.js';
import { encodeGap, GAP_BYTES, GAP_REASON, type SeqRange } from '../../datagram/repair-packets.js';
import { FLAG, HEADER_BYTES, PACKET, writeHeader } from '../../datagram/wire.js';
import type { Target } from '../sending/sender.js';
import type { LeaseContext, Peer } from './lease-context.js';

/** Of what a subscriber was sent lately, repairs may be so much. */
const BUDGET_PART = 1 / 4;
/** Datagrams that may be saved up, and that a subscriber begins with. */
const SAVED_DATAGRAMS = 16;
/** A range that was answered is not answered again for so long, µs. */
const ANSWERED_ONCE_US = 10_000;
/** Ranges that wait for live data, and ranges remembered as answered. */
const MOST_WAITING = 16;
const MOST_ANSWERED = 64;

interface Answered extends SeqRange {
  readonly at: number;
}

/**
 * The server's half of repair for one subscriber: answers from the log that it reads, out of a
 * budget of its own, and only when all that is due live has been sent. Keeps no more than a few
 * ranges.
 */
export class Answerer {
  readonly #context: LeaseContext;
  readonly #peer: Peer;
  readonly #target: Target;
  #waiting: SeqRange[] = [];
  readonly #answered: Answered[] = [];
  /** Bytes that may be spent. */
  #credit: number;

  constructor(context: LeaseContext, peer: Peer, target: Target) {
    this.#context = context;
    this.#peer = peer;
    this.#target = target;
    this.#credit = this.#mostCredit;
  }

  get #mostCredit(): number {
    return SAVED_DATAGRAMS * (HEADER_BYTES + this.#context.payloadBytes);
  }

  /** The subscriber was sent a datagram of the stream with so many bytes behind its header. */
  sent(bytes: number): void {
    const credit = this.#credit + (HEADER_BYTES + bytes) * BUDGET_PART;
    this.#credit = Math.min(credit, this.#mostCredit);
  }

  /** Notes what is asked for, until `answer`; of too much the first is forgotten. */
  ask(ranges: readonly SeqRange[]): void {
    this.#waiting = [...this.#waiting, ...ranges].slice(-MOST_WAITING);
  }

  /** Answers what waits. The subscriber has been sent all that is due. */
  answer(reader: SinkReader): void {
    if (this.#waiting.length === 0) return;
    const ranges = this.#waiting;
    this.#waiting = [];
    const now = this.#context.clock.now();
    for (const range of ranges) {
      if (this.#isAnswered(range, now)) continue;
      this.#answered.push({ ...range, at: now });
      if (this.#answered.length > MOST_ANSWERED) this.#answered.shift();
      if (this.#answerOne(range, reader)) continue;
      this.#context.counters.repairsWithheld += 1;
    }
  }

  #isAnswered({ from, to }: SeqRange, now: number): boolean {
    return this.#answered.some(
      (range) => range.from < to && from < range.to && now - range.at < ANSWERED_ONCE_US,
    );
  }

  /** False when the budget, or the kernel, does not let all of it out. */
  #answerOne({ from, to: asked }: SeqRange, reader: SinkReader): boolean {
    const { broadcast, payloadBytes } = this.#context;
    const { log } = reader;
    // What has not been sent cannot have been lost; in step, everything has.
    const to = Math.min(asked, broadcast.next);
    let settled = from;
    const gone = Math.min(to, log.completeFrom);
    if (settled < gone) {
      if (!this.#gap({ from: settled, to: gone }, GAP_REASON.gone)) return false;
      settled = gone;
    }
    const end = log.positionOf(to);
    for (let position = log.positionOf(settled); position < end; ) {
      const piece = log.piece(position, end, payloadBytes);
      const fits = piece.bytes.length <= payloadBytes;
      if (fits) {
        if (!this.#repair(piece.bytes, piece.seq, settled, piece.to - piece.from)) return false;
        settled = log.seqAt(piece.to - 1) + 1;
      }
      position = piece.to;
    }
    return settled >= to || this.#gap({ from: settled, to }, GAP_REASON.none);
  }

  #repair(bytes: Buffer, seq: number, settled: number, count: number): boolean {
    const { sender, counters, epoch, clock } = this.#context;
    if (!this.#spend(HEADER_BYTES + bytes.length)) return false;
    const sendTime = Math.floor(sender.time() + (clock.step ?? 0));
    const { header } = sender;
    writeHeader(header, PACKET.repair, FLAG.retransmit, epoch, seq, seq - settled, count, sendTime);
    // Its messages have been counted as sent.
    sender.send(bytes, 0, this.#target);
    counters.repairs += 1;
    counters.repairBytes += HEADER_BYTES + bytes.length;
    return true;
  }

  #gap(range: SeqRange, reason: (typeof GAP_REASON)[keyof typeof GAP_REASON]): boolean {
    if (!this.#spend(GAP_BYTES)) return false;
    const { sender, epoch } = this.#context;
    sender.sendPacket(encodeGap({ epoch, ...range, reason }), this.#peer.port, this.#peer.address);
    return true;
  }

  #spend(bytes: number): boolean {
    if (this.#context.sender.blocked || this.#credit < bytes) return false;
    this.#credit -= bytes;
    return true;
  }
}
