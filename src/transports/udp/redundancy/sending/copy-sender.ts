import type { SinkReader } from '../../../../core/sink.js';
import { FLAG, HEADER_BYTES, PACKET, writeHeader } from '../../../datagram/wire.js';
import type { Target } from '../../sending/sender.js';
import { type LossReport, PathEstimate } from '../path-estimate.js';
import { type KnownPath, planCopyDelay } from '../plan.js';
import type { RedundantContext, RedundantSender } from '../redundancy.js';
import { SENT_KEPT, SentDatagrams } from './sent-datagrams.js';
import type { SharedCopies } from './shared-copies.js';

/** A datagram waits for later ones no longer than this part of the deadline. */
const WAITING_PART = 1 / 2;

/**
 * Sends one subscriber each datagram once more, some datagrams later, without the messages that
 * have been replaced by then. So it never sends more of copies than of the stream.
 */
export class CopySender implements RedundantSender {
  readonly #context: RedundantContext;
  readonly #target: Target;
  readonly #shared: SharedCopies;
  readonly #deadlineMs: number;
  readonly #delayFor: (path: KnownPath, deadlineMs: number) => number;
  readonly #path = new PathEstimate();
  readonly #sent = new SentDatagrams();
  #delay: number;
  /** Numbers of the datagram to be copied next, and of the one behind the last. */
  #next = 0;
  #end = 0;
  /** When the stream had the oldest that waits, or an earlier one, µs. */
  #waitsSince = 0;

  constructor(
    context: RedundantContext,
    target: Target,
    shared: SharedCopies,
    deadlineMs: number,
    delayFor: (path: KnownPath, deadlineMs: number) => number = planCopyDelay,
  ) {
    this.#delayFor = delayFor;
    this.#context = context;
    this.#target = target;
    this.#shared = shared;
    this.#deadlineMs = deadlineMs;
    this.#delay = delayFor(this.#path, deadlineMs);
  }

  /** Datagrams between an original and its copy. */
  get delay(): number {
    return this.#delay;
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
    if (this.#next === this.#end) {
      this.#next = number;
      this.#waitsSince = now;
    }
    this.#sent.set(number, type, flags, seq, count, position, payload);
    this.#end = number + 1;
  }

  inStep(reader: SinkReader): void {
    if (this.#end - this.#next > this.#delay) this.#copyTo(this.#end - this.#delay, reader);
  }

  idle(reader: SinkReader): void {
    this.#copyTo(this.#end, reader);
  }

  tick(reader: SinkReader, now: number): void {
    if (now - this.#waitsSince > this.#deadlineMs * 1_000 * WAITING_PART) this.idle(reader);
  }

  suspend(): void {
    this.#next = this.#end;
  }

  reported(report: LossReport, now: number): void {
    this.#path.reported(report, now);
    this.#delay = this.#delayFor(this.#path, this.#deadlineMs);
  }

  release(): void {
    this.suspend();
    this.#sent.release();
  }

  #copyTo(end: number, { log }: SinkReader): void {
    const { sender, counters, clock } = this.#context;
    const kept = this.#end - SENT_KEPT;
    if (this.#next < kept) {
      counters.repairsWithheld += kept - this.#next;
      this.#next = kept;
    }
    for (; this.#next < end && !sender.blocked; this.#next++) {
      // LAGGED carries no messages.
      if (this.#sent.types[this.#next % SENT_KEPT] === PACKET.data) this.#copy(this.#next, log);
    }
    this.#waitsSince = clock.now();
  }

  #copy(number: number, log: SinkReader['log']): void {
    const { sender, counters, epoch, clock } = this.#context;
    const { seq, count, payload, replaced } = this.#shared.of(this.#sent, number, log);
    counters.repairsSuperseded += replaced;
    if (count === 0) return;
    const sendTime = Math.floor(sender.time() + (clock.step ?? 0));
    const flags = FLAG.retransmit;
    writeHeader(sender.header, PACKET.repair, flags, epoch, seq, number, count, sendTime);
    // Its messages have been counted as sent.
    sender.send(payload, 0, this.#target);
    counters.repairs += 1;
    counters.repairBytes += HEADER_BYTES + payload.length;
  }
}
