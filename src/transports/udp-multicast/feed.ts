import type { Broadcast } from '../../core/broadcast.js';
import { type Clock, type Timer, timeOfDay } from '../../core/clock.js';
import type { Conflated, Sink, SinkReader, SkipReason } from '../../core/sink.js';
import type { Subscriber } from '../../core/subscriber.js';
import type { ServerCounters } from '../counters.js';
import { countSkipped } from '../counters.js';
import { encodeAnnounce, encodeEnd, laggedPayload, NO_ID } from '../datagram/control-packets.js';
import { type Epoch, FLAG, PACKET, type PacketType, writeHeader } from '../datagram/wire.js';
import type { GroupSender } from './sender.js';

export interface FeedContext {
  readonly broadcast: Broadcast;
  readonly epoch: Epoch;
  readonly clock: Clock;
  readonly sender: GroupSender;
  readonly counters: ServerCounters;
  /** Largest payload of a datagram, bytes. */
  readonly payloadBytes: number;
  readonly heartbeatMs: number;
}

/** Between two announcements while data flows. */
const BUSY_ANNOUNCE_MS = 1_000;
/**
 * Flush mode `auto`: after a datagram its members rest so many times as long as the send took. In
 * it the kernel hands a copy to each member on this machine (1 µs), and reading that takes them
 * about five times as long. Members on other machines cost the send nothing: each reads by itself.
 */
const REST_SHARE = 8;
const LONGEST_REST_US = 8_000;
/** Timers tick in whole milliseconds. */
const SHORTEST_REST_US = 1_000;
/** When END is sent again, ms after the first one. Nobody in a group acknowledges it. */
const END_REPEATS_MS = [100, 200, 400] as const;

/**
 * What a group hears: one cursor for all its members, numbered datagrams, and between them
 * ANNOUNCE, by which newcomers find into the stream and members see that the server lives and that
 * the tail is missing. Over, it says END.
 */
export class GroupFeed implements Sink {
  readonly #context: FeedContext;
  #subscriber: Subscriber | undefined;
  /** The first message not yet sent. */
  #next = 0;
  /** Number of the next datagram: 1, 2, 3, …; its low 32 bits are `dseq`. */
  #nextDatagram = 1;
  /** As it was at the last beat. */
  #datagramAtBeat = 1;
  /** Clock readings, µs. */
  #restUntil = 0;
  #announcedAt = 0;
  #endedAt = 0;
  #endReason: string | undefined;
  #endsSent = 0;
  #finishing = false;
  #resting: Timer | undefined;

  constructor(context: FeedContext) {
    this.#context = context;
  }

  /** Takes the subscriber that was opened with this feed as its sink, and announces it. */
  open(subscriber: Subscriber): void {
    this.#subscriber = subscriber;
    this.#next = subscriber.next;
    this.#context.counters.accepted += 1;
    this.#announce(this.#context.clock.now());
  }

  /** The end has been said as often as it is repeated. */
  get over(): boolean {
    return this.#endsSent > END_REPEATS_MS.length;
  }

  flush(subscriber: SinkReader): void {
    const { sender, payloadBytes } = this.#context;
    while (!sender.blocked) {
      if (this.#rests(subscriber)) return;
      const slice = subscriber.read(payloadBytes);
      if (slice === undefined) return;
      const messages = slice.to - slice.from;
      if (slice.bytes.length > payloadBytes) {
        // One message, in a codec that makes it longer than the one its size was checked with at
        // publish time.
        subscriber.advance(slice);
        subscriber.passOver(messages, slice.seq + messages);
        continue;
      }
      this.#writeHeader(PACKET.data, slice.seq, messages);
      this.#send(slice.bytes, messages);
      // Of a range that is conflated nobody is to begin in the middle: it was not told of it.
      this.#next = Math.max(this.#next, slice.seq + messages);
      subscriber.advance(slice);
    }
  }

  /** True while members are to have their rest, unless what is owed fills a datagram. */
  #rests({ log, position }: SinkReader): boolean {
    const { broadcast, clock, payloadBytes } = this.#context;
    const rest = this.#restUntil - clock.now();
    if (rest < SHORTEST_REST_US || this.#finishing) return false;
    if (position < log.first || log.bytesFrom(position) >= payloadBytes) return false;
    this.#resting ??= clock.setTimeout(
      () => {
        this.#resting = undefined;
        broadcast.requestFlush();
      },
      Math.ceil(rest / 1_000),
    );
    return true;
  }

  #send(payload: Buffer, messages: number): void {
    const { sender, clock, broadcast } = this.#context;
    const begin = clock.now();
    sender.send(payload, messages);
    if (broadcast.flushMode !== 'auto') return;
    const end = clock.now();
    this.#restUntil = end + Math.min((end - begin) * REST_SHARE, LONGEST_REST_US);
  }

  skipped(missed: number, why: SkipReason): void {
    countSkipped(this.#context.counters, missed, why);
  }

  lagged(missed: number, next: number, conflated?: Conflated): void {
    const { sender } = this.#context;
    this.#next = next;
    this.#writeHeader(PACKET.lagged, next, 0, conflated === undefined ? 0 : FLAG.conflated);
    sender.send(laggedPayload(missed, conflated), 0);
  }

  /** Called by the core, or when waiting any longer is pointless. */
  end(reason: string): void {
    if (this.#endReason !== undefined) return;
    const { broadcast, counters, clock } = this.#context;
    if (this.#subscriber !== undefined) broadcast.unsubscribe(this.#subscriber);
    this.#resting?.cancel();
    counters.ended += 1;
    this.#endReason = reason;
    this.#endedAt = clock.now();
    this.#sendEnd(reason);
  }

  /** Ends with 'closed' as soon as everything published so far has been sent. */
  finish(): void {
    this.#finishing = true;
    this.#subscriber?.finish();
  }

  /**
   * To be called at every beat. Idle, each beat announces, so that newcomers need not wait; while
   * data flows, it is announced once a second, or heartbeat if that is less, so that it costs the
   * members next to nothing.
   */
  beat(now: number): void {
    if (this.#endReason !== undefined) {
      this.#repeatEnd(this.#endReason, (now - this.#endedAt) / 1_000);
      return;
    }
    const idle = this.#nextDatagram === this.#datagramAtBeat;
    this.#datagramAtBeat = this.#nextDatagram;
    const busyMs = Math.min(this.#context.heartbeatMs, BUSY_ANNOUNCE_MS);
    if (idle || now - this.#announcedAt >= busyMs * 1_000) this.#announce(now);
  }

  #announce(now: number): void {
    const { sender, epoch, heartbeatMs } = this.#context;
    const subscriber = this.#subscriber;
    if (subscriber === undefined || sender.blocked) return;
    this.#announcedAt = now;
    const packet = encodeAnnounce({
      epoch,
      next: this.#next,
      dseq: this.#nextDatagram,
      sendTime: Math.floor(now),
      oldest: subscriber.log.completeFrom,
      heartbeatMs,
      codec: subscriber.log.encoder.name,
    });
    sender.sendPacket(packet);
  }

  /**
   * After the repetitions it goes on once a heartbeat: whoever comes late must learn that there is
   * nothing to wait for.
   */
  #repeatEnd(reason: string, elapsedMs: number): void {
    const { heartbeatMs } = this.#context;
    const extra = this.#endsSent - END_REPEATS_MS.length;
    const last = END_REPEATS_MS[END_REPEATS_MS.length - 1] as number;
    const dueAt =
      this.#endsSent === 0 ? 0 : (END_REPEATS_MS[this.#endsSent - 1] ?? last + extra * heartbeatMs);
    if (elapsedMs >= dueAt) this.#sendEnd(reason);
  }

  #sendEnd(reason: string): void {
    const { sender, epoch, clock } = this.#context;
    if (sender.blocked) return;
    this.#endsSent += 1;
    const sendTime = Math.floor(timeOfDay(clock));
    sender.sendPacket(
      encodeEnd({ epoch, id: NO_ID, seq: this.#next, dseq: this.#nextDatagram, sendTime, reason }),
    );
  }

  /** The header of the next numbered datagram. */
  #writeHeader(type: PacketType, seq: number, count: number, flags = 0): void {
    const { sender, epoch, clock } = this.#context;
    const sendTime = Math.floor(timeOfDay(clock));
    writeHeader(sender.header, type, flags, epoch, seq, this.#nextDatagram, count, sendTime);
    this.#nextDatagram += 1;
  }
}
