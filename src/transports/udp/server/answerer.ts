import type { EncodedLog } from '../../../core/log/encoded-log.js';
import type { Subscriber } from '../../../core/subscriber.js';
import {
  encodeGap,
  GAP_BYTES,
  GAP_REASON,
  type GapReason,
  type SeqRange,
  SUPERSEDED_GAP_BYTES,
} from '../../datagram/repair-packets.js';
import { FLAG, HEADER_BYTES, PACKET, writeHeader } from '../../datagram/wire.js';
import type { Target } from '../sending/sender.js';
import { LatestOnly, type Part } from './latest-only.js';
import type { LeaseContext, Peer } from './lease-context.js';

/** Of what a subscriber was sent lately, repairs may be so much, per cent. */
const BUDGET_PERCENT = 25;
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
  readonly #log: EncodedLog;
  /** Of a subscriber that wants no more than the latest of each key. */
  readonly #latest: LatestOnly | undefined;
  #waiting: SeqRange[] = [];
  readonly #answered: Answered[] = [];
  /** Bytes that may be spent. */
  #credit: number;

  constructor(
    context: LeaseContext,
    peer: Peer,
    target: Target,
    { log, policy }: Pick<Subscriber, 'log' | 'policy'>,
  ) {
    this.#context = context;
    this.#peer = peer;
    this.#target = target;
    this.#log = log;
    if (policy.rule === 'conflate') this.#latest = new LatestOnly(context.broadcast, log);
    this.#credit = this.#mostCredit;
  }

  get #mostCredit(): number {
    return SAVED_DATAGRAMS * (HEADER_BYTES + this.#context.payloadBytes);
  }

  /** The subscriber was sent a datagram of the stream with so many bytes behind its header. */
  sent(bytes: number): void {
    const credit = this.#credit + ((HEADER_BYTES + bytes) * BUDGET_PERCENT) / 100;
    this.#credit = Math.min(credit, this.#mostCredit);
  }

  /** It goes on with the last message of each key of `[from, to)`. */
  conflated(from: number, to: number): void {
    this.#latest?.conflated(from, to);
  }

  /** Notes what is asked for, until `answer`; of too much the first is forgotten. */
  ask(ranges: readonly SeqRange[]): void {
    this.#waiting = [...this.#waiting, ...ranges].slice(-MOST_WAITING);
  }

  /**
   * Answers what waits. `inStep`: the subscriber has been sent all that is due. Before that it is
   * told only what is superseded, as something later is on its way.
   */
  answer(inStep: boolean): void {
    if (this.#waiting.length === 0 || (!inStep && this.#latest === undefined)) return;
    const ranges = this.#waiting;
    this.#waiting = [];
    const now = this.#context.clock.now();
    for (const range of ranges) {
      if (this.#isAnswered(range, now)) continue;
      if (inStep) this.#note(range, now);
      if (this.#answerOne(range, inStep, now)) continue;
      this.#context.counters.repairsWithheld += 1;
    }
  }

  #note({ from, to }: SeqRange, at: number): void {
    this.#answered.push({ from, to, at });
    if (this.#answered.length > MOST_ANSWERED) this.#answered.shift();
  }

  #isAnswered({ from, to }: SeqRange, now: number): boolean {
    return this.#answered.some(
      (range) => range.from < to && from < range.to && now - range.at < ANSWERED_ONCE_US,
    );
  }

  /** False when the budget, or the kernel, does not let all of it out. */
  #answerOne({ from, to: asked }: SeqRange, inStep: boolean, now: number): boolean {
    const { broadcast } = this.#context;
    // What has not been sent cannot have been lost; in step, everything has.
    const to = Math.min(asked, broadcast.next);
    const retained = this.#latest === undefined ? 0 : broadcast.retainedFrom;
    const gone = Math.min(to, Math.max(this.#log.completeFrom, retained));
    const isGone = from < gone;
    if (isGone && !this.#gap(from, gone, GAP_REASON.gone)) return false;
    const rest = { from: isGone ? gone : from, to };
    if (rest.from >= to) return true;
    if (this.#latest === undefined)
      return this.#repeat(rest, this.#log.positionOf(rest.from), this.#log.positionOf(to));
    return this.#latest.partsOf(rest).every((part) => this.#answerPart(part, inStep, now));
  }

  #answerPart(part: Part, inStep: boolean, now: number): boolean {
    const { first, end, superseded } = part;
    if (first < end) {
      if (inStep) return this.#repeat(part, first, end);
      this.ask([part]);
      return true;
    }
    const reason = superseded > 0 ? GAP_REASON.superseded : GAP_REASON.none;
    if (!this.#gap(part.from, part.to, reason, superseded)) return false;
    this.#context.counters.repairsSuperseded += superseded;
    if (!inStep) this.#note(part, now);
    return true;
  }

  /** Repeats what stands at `[first, end)` of the log; of the rest of the range there is nothing. */
  #repeat({ from, to }: SeqRange, first: number, end: number): boolean {
    const { payloadBytes } = this.#context;
    const log = this.#log;
    let settled = from;
    for (let position = first; position < end; ) {
      const piece = log.piece(position, end, payloadBytes);
      const fits = piece.bytes.length <= payloadBytes;
      if (fits) {
        if (!this.#repair(piece.bytes, piece.seq, settled, piece.to - piece.from)) return false;
        settled = log.seqAt(piece.to - 1) + 1;
      }
      position = piece.to;
    }
    return settled >= to || this.#gap(settled, to, GAP_REASON.none);
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

  #gap(from: number, to: number, reason: GapReason, superseded = 0): boolean {
    const isCounted = reason === GAP_REASON.superseded;
    if (!this.#spend(isCounted ? SUPERSEDED_GAP_BYTES : GAP_BYTES)) return false;
    const { sender, epoch, counters } = this.#context;
    const packet = encodeGap({ epoch, from, to, reason, superseded });
    sender.sendPacket(packet, this.#peer.port, this.#peer.address);
    if (reason === GAP_REASON.gone) counters.repairsGone += 1;
    return true;
  }

  #spend(bytes: number): boolean {
    if (this.#context.sender.blocked || this.#credit < bytes) return false;
    this.#credit -= bytes;
    return true;
  }
}
