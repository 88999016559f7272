import type { Slice } from '../../../core/log/slice.js';
import type { SliceTrain } from '../../../core/log/slice-train.js';
import type { Conflated, Sink, SinkReader, SkipReason } from '../../../core/sink.js';
import type { Subscriber } from '../../../core/subscriber.js';
import { countSkipped } from '../../counters.js';
import { laggedPayload } from '../../datagram/control-packets.js';
import type { SeqRange } from '../../datagram/repair-packets.js';
import { FLAG, HEADER_BYTES, PACKET, type PacketType, writeHeader } from '../../datagram/wire.js';
import { authorityOf } from '../../endpoint.js';
import { MOST_SEGMENTS } from '../../native/segments.js';
import { LEAST_SEND, Pacing, type Taken } from '../../server/pacing.js';
import type { Paced } from '../../server/pacing-ticker.js';
import type { LossReport } from '../redundancy/path-estimate.js';
import type { RedundantSender } from '../redundancy/redundancy.js';
import { newSender } from '../redundancy/sending/new-sender.js';
import { NoticeCopy } from '../sending/notice-copy.js';
import type { Target } from '../sending/sender.js';
import { Answerer } from './answerer.js';
import type { LeaseContext, Peer } from './lease-context.js';
import { LossGuard } from './loss-guard.js';
import { RepeatedEnd } from './repeated-end.js';

/** With repair, the first heartbeat after data comes so soon: a lost tail shows by it. */
const TAIL_HEARTBEAT_MS = 100;

/** Of each datagram of the train that is being sent. */
const FLAGS = new Uint8Array(MOST_SEGMENTS);

/**
 * One subscription: a cursor and the address its datagrams go to. It is *pending* from ACCEPT until
 * the client's first REPORT (nothing is sent before, so a lost ACCEPT loses nothing), then *live*,
 * and after its end *ending* until the client has acknowledged END.
 */
export class Lease implements Sink, Paced {
  readonly peer: Peer;
  readonly #context: LeaseContext;
  readonly #pace: Pacing;
  readonly #target: Target;
  #state: 'pending' | 'live' | 'ending' = 'pending';
  #subscriber: Subscriber | undefined;
  /** The ACCEPT packet, to repeat while pending. */
  #accept: Buffer | undefined;
  /** It has been sent as much as it may, and has not come into step since. */
  #waits = false;
  /** Number of the next datagram: 1, 2, 3, …; its low 32 bits are `dseq`. */
  #nextDatagram = 1;
  /** By the clock, µs. */
  #sentAt: number;
  /** By the clock of `PeerDeadlines`, µs. */
  #lastReceivedAt: number;
  #end: RepeatedEnd | undefined;
  /** Since the last data there was a heartbeat, or it need not come early. */
  #tailTold = true;
  /** Absent as long as nothing was conflated. */
  #copy: NoticeCopy | undefined;
  /** Absent where nobody minds what it loses. */
  readonly #guard: LossGuard | undefined;
  /** Absent where there is no repair. */
  #answerer: Answerer | undefined;
  /** What is sent beside the stream, where something is. */
  readonly #redundant: RedundantSender | undefined;
  /** What comes is live, and not owed at once: it is protected by redundancy. */
  #isLive = false;

  constructor(peer: Peer, context: LeaseContext) {
    this.peer = peer;
    this.#context = context;
    this.#target = context.sender.target(peer.address, peer.port, peer.takesPadding);
    this.#pace = new Pacing(peer);
    const { redundancy, deadlineMs } = peer;
    this.#redundant = newSender(redundancy, context, this.#target, context.redundancy, deadlineMs);
    this.#sentAt = context.clock.now();
    this.#lastReceivedAt = context.deadlines.now();
    if (context.circuitBreaker)
      this.#guard = new LossGuard(this.#pace, context.counters, this.#sentAt);
  }

  get remote(): string {
    return `udp://${authorityOf({ host: this.peer.address, port: this.peer.port })}`;
  }

  /** Takes the subscriber that was opened with this lease as its sink, and sends ACCEPT. */
  open(subscriber: Subscriber, accept: Buffer): void {
    this.#subscriber = subscriber;
    if (this.peer.repair)
      this.#answerer = new Answerer(this.#context, this.peer, this.#target, subscriber);
    this.#accept = accept;
    this.#context.counters.accepted += 1;
    this.#sendAccept(accept, false);
  }

  /** Sends ACCEPT again, as long as the client has not confirmed it; whether it has not. */
  repeatAccept(): boolean {
    if (this.#accept === undefined) return false;
    this.#sendAccept(this.#accept, true);
    return true;
  }

  #sendAccept(accept: Buffer, again: boolean): void {
    this.#context.sender.sendPacket(accept, this.peer.port, this.peer.address);
    this.#guard?.accepted(this.#context.clock.now(), again);
  }

  /** A REPORT: the client is there. The first one opens the stream. */
  reported(report: Taken & LossReport): void {
    this.#lastReceivedAt = this.#context.deadlines.now();
    if (this.#state === 'live') this.#take(report);
    if (this.#state !== 'pending') return;
    this.#state = 'live';
    this.#accept = undefined;
    this.#guard?.confirmed(this.#context.clock.now());
    // Owed nothing yet: what comes from now on is live.
    if (this.#subscriber?.inStep === true) {
      this.#pace.inStep();
      this.#isLive = true;
    }
    // An idle feed has nothing to flush: let the next beat say hello, so that the client sees its
    // REPORT has arrived.
    this.#sentAt = Number.NEGATIVE_INFINITY;
    this.#context.broadcast.requestFlush();
  }

  /** A NAK: the client misses these. Answered when all that is due has been sent. */
  asked(ranges: readonly SeqRange[]): boolean {
    const answerer = this.#answerer;
    const subscriber = this.#subscriber;
    if (answerer === undefined) return false;
    // One that is over has nothing to give.
    if (this.#state !== 'live' || subscriber === undefined) return true;
    this.#context.counters.naks += 1;
    if (this.#guard?.isReduced === true) {
      this.#context.counters.repairsWithheld += ranges.length;
      return true;
    }
    answerer.ask(ranges);
    // Out of step it has something due, which is on its way without being asked for.
    answerer.answer(subscriber.inStep);
    return true;
  }

  flush(subscriber: SinkReader): void {
    if (this.#state !== 'live') return;
    const { sender, payloadBytes } = this.#context;
    while (!sender.blocked && this.#pace.room > 0) {
      const most = trainLength(sender.segments, this.#pace.room);
      const train = subscriber.readTrain(payloadBytes, most);
      // Reading may have sent a LAGGED notice, and that may have filled the buffer: the slices will
      // be there next time.
      if (train === undefined || sender.blocked) break;
      if (train.longest > payloadBytes) {
        // One message, in a codec that makes it longer than the one its size was checked with at
        // publish time.
        const [slice] = train.slices as [Slice];
        const messages = slice.to - slice.from;
        subscriber.advance(slice);
        subscriber.passOver(messages, slice.seq + messages);
        continue;
      }
      const { epoch } = this.#context;
      const flags = subscriber.inSnapshot ? FLAG.snapshot : 0;
      const time = sender.time();
      this.#sentAt = time;
      const count = train.slices.length;
      for (let i = 0; i < count; i++) FLAGS[i] = flags | (this.#pace.send(time) ? FLAG.report : 0);
      sender.sendTrain(train, FLAGS, epoch, this.#nextDatagram, this.#target);
      if (this.#isLive) this.#protect(train, flags, time);
      this.#nextDatagram += count;
      this.#tailTold = this.#answerer === undefined && this.#redundant === undefined;
      for (const slice of train.slices) {
        subscriber.advance(slice);
        this.#answerer?.sent(slice.bytes.length);
      }
    }
    if (this.#copy !== undefined) this.#sendCopy(this.#copy, subscriber.inStep);
    if (subscriber.inStep) this.#cameIntoStep();
    else if (this.#pace.room <= 0) this.#waitForReport();
  }

  /** By `PacingTicker`. */
  tickPacing(now: number, livePerUs: number): void {
    this.#pace.tick(now, livePerUs);
    this.#goOn();
  }

  skipped(missed: number, why: SkipReason): void {
    countSkipped(this.#context.counters, missed, why);
  }

  lagged(missed: number, next: number, conflated?: Conflated): void {
    const payload = laggedPayload(missed, conflated);
    // That of the one before goes first.
    if (this.#copy !== undefined) this.#sendCopy(this.#copy, true);
    this.#number(PACKET.lagged, conflated === undefined ? 0 : FLAG.conflated, next, 0);
    this.#context.sender.send(payload, 0, this.#target);
    if (this.#isLive) this.#protectNotice(payload, next, conflated !== undefined);
    if (conflated === undefined) return;
    this.#answerer?.conflated(conflated.from, next);
    this.#copy ??= new NoticeCopy();
    this.#copy.told(next, payload, this.#nextDatagram);
  }

  /** Called by the core, or when waiting any longer is pointless. */
  end(reason: string): void {
    if (this.#state === 'ending') return;
    this.#release();
    this.#state = 'ending';
    this.#end = new RepeatedEnd(this.#context, this.peer, reason, this.#nextDatagram);
  }

  /** Ends the subscription with 'closed' as soon as everything published so far has been sent. */
  finish(): void {
    this.#subscriber?.finish();
  }

  /**
   * The client has left, or has seen END, or another subscription takes this one's place: tell it
   * nothing.
   */
  drop(): void {
    if (this.#state !== 'ending') this.#release();
    this.#state = 'ending';
  }

  /** No REPORT has been read for the time of a lease. `patient`: as for `tick`. */
  isOverdue(patient: number): boolean {
    if (this.#state === 'ending') return false;
    return patient - this.#lastReceivedAt > this.peer.leaseMs * 1_000;
  }

  /**
   * Does what is due now: heartbeat, expiry, another END. Returns true when the lease is over and
   * can be forgotten. `now`: by the clock;
   * `patient`: by the clock of `PeerDeadlines`, after the socket has been read.
   */
  tick(now: number, patient: number): boolean {
    const { heartbeatMs, counters } = this.#context;
    if (this.#state === 'ending') return this.#end?.tick(patient) ?? true;
    if (this.isOverdue(patient)) {
      counters.silent += 1;
      // Most likely nobody is there: one END for a client that only slept, and no waiting for an
      // answer.
      this.end('LAB_ERR_PEER_TIMEOUT');
      return true;
    }
    if (this.#state === 'live')
      this.#guard?.waited(patient - this.#lastReceivedAt, this.peer.leaseMs);
    const due = this.#tailTold ? heartbeatMs : Math.min(heartbeatMs, TAIL_HEARTBEAT_MS);
    if (this.#state !== 'live') return false;
    const isDue = now - this.#sentAt >= due * 1_000;
    if (isDue) this.#sendHeartbeat();
    if (this.#redundant !== undefined && this.#subscriber?.inStep === true) {
      if (isDue) this.#redundant.idle(this.#subscriber);
      else this.#redundant.tick(this.#subscriber, now);
    }
    return false;
  }

  /**
   * A heartbeat says that everything before `seq` and `dseq` has been sent: before what is due, if
   * something is. So a server that stood still first tells all that it is there, however long it
   * takes then to send them what they are owed.
   */
  #sendHeartbeat(): void {
    const { sender, broadcast, clock } = this.#context;
    const subscriber = this.#subscriber;
    if (subscriber === undefined || sender.blocked) return;
    const next = subscriber.inStep ? broadcast.next : subscriber.upcoming;
    if (next === undefined) return;
    const packet = Buffer.alloc(HEADER_BYTES);
    this.#writeHeader(packet, clock.now(), PACKET.heartbeat, 0, next, 0);
    sender.sendPacket(packet, this.peer.port, this.peer.address);
    this.#tailTold = true;
  }

  #sendCopy(copy: NoticeCopy, isLast: boolean): void {
    const { sender, epoch, clock } = this.#context;
    const sendTime = Math.floor(sender.time() + (clock.step ?? 0));
    const packet = copy.take(this.#nextDatagram, isLast, epoch, sendTime);
    if (packet !== undefined) sender.sendPacket(packet, this.peer.port, this.peer.address);
  }

  /** Each slice of it is a datagram that has just been sent. */
  #protect({ slices }: SliceTrain, flags: number, time: number): void {
    if (this.#redundant === undefined) return;
    for (let i = 0; i < slices.length; i++) {
      const { seq, from, to, bytes } = slices[i] as Slice;
      const number = this.#nextDatagram + i;
      this.#redundant.sent(number, PACKET.data, flags, seq, to - from, from, bytes, time);
    }
  }

  /** A LAGGED that has just been sent. */
  #protectNotice(payload: Buffer, next: number, isConflated: boolean): void {
    const number = this.#nextDatagram - 1;
    const flags = isConflated ? FLAG.conflated : 0;
    const at = this.#sentAt;
    this.#redundant?.sent(number, PACKET.lagged, flags, next, 0, -1, payload, at);
  }

  #take(report: Taken & LossReport): void {
    const now = this.#context.clock.now();
    this.#pace.reported(report, now);
    this.#redundant?.reported(report, now);
    if (this.#guard?.reported(report, this.#nextDatagram - 1, now) === false) {
      this.end('LAB_ERR_CONGESTED');
      return;
    }
    if (this.#waits) this.#goOn();
    else if (this.#subscriber?.inStep === true) this.#pace.inStep();
  }

  #cameIntoStep(): void {
    this.#pace.inStep();
    this.#isLive = this.#guard?.isReduced !== true;
    this.#answerer?.answer(true);
    if (!this.#isLive) this.#redundant?.suspend();
    else if (this.#subscriber !== undefined) this.#redundant?.inStep(this.#subscriber);
    if (this.#waits) this.#context.pacing.delete(this);
    this.#waits = false;
  }

  #waitForReport(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#isLive = false;
    this.#redundant?.suspend();
    this.#context.pacing.add(this);
  }

  /** Lets the subscriber read on, if it may be sent more. */
  #goOn(): void {
    if (this.#subscriber === undefined || this.#pace.room <= 0) return;
    this.#context.broadcast.requestTurn(this.#subscriber);
  }

  #release(): void {
    this.#accept = undefined;
    this.#waits = false;
    this.#redundant?.release();
    this.#context.pacing.delete(this);
    this.#context.counters.ended += 1;
    if (this.#subscriber !== undefined) this.#context.broadcast.unsubscribe(this.#subscriber);
  }

  /** Writes the header of the next datagram of the stream. */
  #number(type: PacketType, flags: number, seq: number, count: number): void {
    const { sender } = this.#context;
    const time = sender.time();
    const asks = this.#pace.send(time) ? FLAG.report : 0;
    this.#writeHeader(sender.header, time, type, flags | asks, seq, count);
    this.#nextDatagram += 1;
  }

  #writeHeader(
    into: Buffer,
    time: number,
    type: PacketType,
    flags: number,
    seq: number,
    count: number,
  ): void {
    this.#sentAt = time;
    const { epoch, clock } = this.#context;
    const sendTime = Math.floor(time + (clock.step ?? 0));
    writeHeader(into, type, flags, epoch, seq, this.#nextDatagram, count, sendTime);
  }
}

/**
 * Datagrams of a train for who has `room` for so many: few lengths, so that those who are behind
 * share trains as well.
 */
function trainLength(most: number, room: number): number {
  if (room >= most) return most;
  return room >= LEAST_SEND ? room - (room % LEAST_SEND) : 2 ** (31 - Math.clz32(room));
}
