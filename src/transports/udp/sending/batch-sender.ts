import { type Clock, type Timer, timeOfDay } from '../../../core/clock.js';
import type { SliceTrain } from '../../../core/log/slice-train.js';
import { ERRNO } from '../../../native/libc.js';
import type { ServerCounters } from '../../counters.js';
import { type TrainPlan, TrainPlans } from '../../datagram/train-plan.js';
import { type Epoch, HEADER_BYTES, writeSendTime } from '../../datagram/wire.js';
import type { Descriptor } from '../../native/descriptor.js';
import { BATCH_SIZE } from '../../native/message-batch.js';
import { REFUSES_SEGMENTS } from '../../native/segments.js';
import { encodeSockaddr } from '../../native/sockaddr.js';
import { DgramQueue, type SendingSocket } from './dgram-queue.js';
import { PendingSends, WHOLE } from './pending-sends.js';
import type { DatagramSender, Target } from './sender.js';

/** The descriptor is that of `socket`. */
export interface BatchSenderParts extends Descriptor {
  readonly socket: SendingSocket;
  readonly clock: Clock;
  readonly counters: ServerCounters;
  readonly onDrain: () => void;
  /** Sends to a system call. Default `BATCH_SIZE`. */
  readonly size?: number;
  /** Datagrams in a send: more than one where the kernel segments. Default 1. */
  readonly segments?: number;
}

/**
 * Many datagrams to a system call, by sendmmsg(2), and where the kernel segments several of one
 * subscriber to a send. A batch goes out when it is full, and at the end of the turn of the event
 * loop that began it (a microtask), so that nothing waits for the next message. The payload is not
 * copied, and the header of a train is written once for all who are at the same place.
 *
 * `sendTime` of every datagram is read right before the system call that carries it: the kernel
 * reaches the last of a batch a few microseconds per datagram later.
 *
 * When the kernel takes no more, the send it refused goes through `dgram`: that it was sent is the
 * sign that there is room again. An error of one datagram costs that datagram; the others go on. A
 * send of several that is refused is taken apart, as none of them has left: if the first goes by
 * itself, its path does not segment, and its subscriber's datagrams go singly from then on.
 */
export class BatchSender implements DatagramSender {
  readonly segments: number;
  readonly #fd: number;
  readonly #family: 4 | 6;
  readonly #size: number;
  readonly #clock: Clock;
  readonly #counters: ServerCounters;
  readonly #queue: DgramQueue;
  readonly #sends: PendingSends;
  readonly #onDrain: () => void;
  readonly #endTurn = (): void => {
    this.#due = false;
    this.#flush();
    this.#releaseLater();
  };
  /** A flush takes several turns, and finds in each what it has written before. */
  readonly #releaseIfIdle = (): void => {
    this.#releasing = undefined;
    if (this.#sends.count > 0) return;
    if (this.#idle) this.#release();
    else this.#releaseLater();
    this.#idle = true;
  };
  readonly #plans = new TrainPlans();
  /** Whether the kernel refused to segment the next send, and it is to be seen why. */
  #suspected = false;
  /** There was no send since the last look. */
  #idle = false;
  #releasing: Timer | undefined;
  /** When the batch was begun. */
  #begun = 0;
  #due = false;
  #closed = false;

  constructor(parts: BatchSenderParts) {
    const { native, family, size = BATCH_SIZE, segments = 1 } = parts;
    this.#fd = parts.fd;
    this.#family = family;
    this.#clock = parts.clock;
    this.#counters = parts.counters;
    this.#onDrain = parts.onDrain;
    this.#size = size;
    this.segments = segments;
    // One to spare: a full batch has a header too, for who sends while blocked.
    this.#sends = new PendingSends(native, size + 1, family, segments);
    this.#queue = new DgramQueue(parts.socket, parts.counters, () => this.#resume());
  }

  get name(): string {
    const { coalescedSends, segmentationRefused } = this.#counters;
    const inVain = coalescedSends === 0 && segmentationRefused > 0;
    return this.segments > 1 && !inVain ? 'gso' : 'sendmmsg';
  }

  get blocked(): boolean {
    return this.#queue.blocked;
  }

  get header(): Buffer {
    return this.#sends.header;
  }

  time(): number {
    if (this.#sends.areTaken) this.#begun = this.#clock.now();
    return this.#begun;
  }

  target(address: string, port: number, takesPadding: boolean): Target {
    const sockaddr = encodeSockaddr(this.#family, address, port);
    return { address, port, sockaddr, takesPadding, segmented: this.segments > 1 };
  }

  send(payload: Buffer, messages: number, to: Target): void {
    this.#counters.sends += 1;
    this.#counters.sendBytes += HEADER_BYTES + payload.length;
    this.#counters.sentMessages += messages;
    this.#sends.setPayload(payload, messages, to);
    this.#add();
  }

  sendTrain(train: SliceTrain, flags: Uint8Array, epoch: Epoch, dseq: number, to: Target): void {
    const plan = this.#plans.of(train, epoch);
    const count = plan.payloads.length;
    if (count === 1 || (to.segmented && (plan.paddingBytes === 0 || to.takesPadding)))
      this.#sendPlan(plan, flags, 0, dseq, to);
    else for (let i = 0; i < count; i++) this.#sendPlan(plan.single(i), flags, i, dseq + i, to);
  }

  sendPacket(packet: Buffer, port: number, address: string): void {
    this.#flush();
    if (!this.blocked && !this.#closed) this.#queue.send(packet, 0, port, address);
  }

  close(): void {
    this.#flush();
    this.#closed = true;
    while (!this.#sends.areTaken) this.#lose();
    this.#sends.clear();
    this.#releasing?.cancel();
    this.#release();
  }

  /** The flags of its first datagram are at `first`. */
  #sendPlan(plan: TrainPlan, flags: Uint8Array, first: number, dseq: number, to: Target): void {
    this.#counters.sends += plan.payloads.length;
    this.#counters.sendBytes += plan.bytes;
    this.#counters.sentMessages += plan.messages;
    this.#sends.setPlan(plan, flags, first, dseq, to);
    this.#add();
  }

  /** Counts the send that has been written. */
  #add(): void {
    const sends = this.#sends;
    this.#idle = false;
    if (sends.count === this.#size) {
      // Full and blocked, and still one more: dgram's queue has room for it.
      this.#sendSingly(sends.count);
      return;
    }
    sends.count += 1;
    if (sends.count === this.#size) this.#flush();
    // Also when it went out already: what it carried is to be let go of some time.
    if (!this.#due) this.#flushAtEndOfTurn();
  }

  #flushAtEndOfTurn(): void {
    this.#due = true;
    queueMicrotask(this.#endTurn);
  }

  #flush(): void {
    const sends = this.#sends;
    if (sends.count === 0 || this.#closed) return;
    while (!sends.areTaken && !this.#queue.blocked) {
      const taken = sends.handOver(this.#fd, Math.floor(timeOfDay(this.#clock)));
      if (taken > 0) this.#taken(taken);
      else this.#refused(-taken);
    }
    if (sends.areTaken) sends.clear();
  }

  #taken(count: number): void {
    const sends = this.#sends;
    if (sends.segment !== WHOLE) {
      if (this.#suspected) this.#noteRefusal();
      this.#pass();
      return;
    }
    for (let i = 0; i < count; i++) {
      const plan = sends.planOf(sends.from + i);
      if (plan === undefined || plan.payloads.length === 1) continue;
      this.#counters.coalescedSends += 1;
      this.#counters.coalescedDatagrams += plan.payloads.length;
      this.#counters.sendBytes += plan.paddingBytes;
      this.#counters.paddingBytes += plan.paddingBytes;
    }
    sends.from += count;
  }

  /**
   * The kernel did not take the next send. After a batch taken in part, the call after it tells
   * why.
   */
  #refused(errno: number): void {
    if (errno === ERRNO.EINTR) return;
    const { from, segment } = this.#sends;
    if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS) {
      if (segment === WHOLE) this.#sendSingly(from);
      else this.#sendSegment(from, segment);
      this.#pass();
    } else if (segment === WHOLE && this.#sends.segmentsOf(from) > 1) {
      this.#suspected = REFUSES_SEGMENTS.has(errno);
      this.#sends.takeApart();
    } else {
      this.#lose();
    }
  }

  /** Its first datagram went by itself: it is the segmenting that its path does not do. */
  #noteRefusal(): void {
    this.#suspected = false;
    const target = this.#sends.targetOf(this.#sends.from);
    if (!target.segmented) return;
    target.segmented = false;
    this.#counters.segmentationRefused += 1;
  }

  /** Goes on behind what is next, a send or a segment that goes by itself. */
  #pass(): void {
    this.#sends.pass();
    if (this.#sends.segment === WHOLE) this.#suspected = false;
  }

  #sendSingly(index: number): void {
    const count = this.#sends.segmentsOf(index);
    for (let i = 0; i < count; i++) this.#sendSegment(index, i);
    if (count > 1) this.#sends.forget(index);
  }

  #sendSegment(index: number, segment: number): void {
    const { port, address } = this.#sends.targetOf(index);
    const head = this.#sends.bareHead(index, segment);
    writeSendTime(head, Math.floor(timeOfDay(this.#clock)));
    const messages = this.#sends.messagesIn(index, segment);
    this.#queue.send(this.#sends.copy(index, segment), messages, port, address);
  }

  /** What is next is not sent: segmented or not, it does not get through. */
  #lose(): void {
    const { from, segment } = this.#sends;
    this.#suspected = false;
    this.#counters.sendErrorMessages +=
      segment === WHOLE ? this.#sends.messagesOf(from) : this.#sends.messagesIn(from, segment);
    this.#pass();
  }

  #resume(): void {
    this.#flush();
    this.#releaseLater();
    if (!this.blocked) this.#onDrain();
  }

  /** Not while blocked: it is looked at again when there is room. */
  #releaseLater(): void {
    if (this.#closed || this.#sends.count > 0) return;
    this.#releasing ??= this.#clock.setImmediate(this.#releaseIfIdle);
  }

  /** Lets go of what was sent: until then the next to be at the same place find it there. */
  #release(): void {
    this.#sends.release();
    this.#plans.release();
  }
}
