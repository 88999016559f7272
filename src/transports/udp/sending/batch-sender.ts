import { type Clock, type Timer, timeOfDay } from '../../../core/clock.js';
import type { SliceTrain } from '../../../core/log/slice-train.js';
import type { ServerCounters } from '../../counters.js';
import { TrainPlan } from '../../datagram/train-plan.js';
import {
  DSEQ_WORD,
  type Epoch,
  FLAGS_WORD,
  HEADER_BYTES,
  HEADER_WORDS,
  SEND_TIME_WORD,
  withFlags,
  writePadding,
  writeSendTime,
} from '../../datagram/wire.js';
import type { Descriptor } from '../../native/descriptor.js';
import { ERRNO } from '../../native/libc.js';
import { BATCH_SIZE, MessageBatch } from '../../native/message-batch.js';
import { REFUSES_SEGMENTS } from '../../native/segments.js';
import { encodeSockaddr } from '../../native/sockaddr.js';
import { DgramQueue, type SendingSocket } from './dgram-queue.js';
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

/** Of the send that is being handed over, no segment goes by itself. */
const WHOLE = -1;
const TWO_32 = 2 ** 32;

/**
 * Many datagrams to a system call, by sendmmsg(2), and where the kernel segments several of one
 * subscriber to a send. A batch goes out when it is full, and at the end of the turn of the event
 * loop that began it (a microtask), so that nothing waits for the next message. The payload is not
 * copied, and the header of a train is written once for all who are at the same place: only `dseq`
 * and `sendTime` are patched in.
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
  readonly #batch: MessageBatch;
  readonly #onDrain: () => void;
  readonly #endTurn = (): void => {
    this.#due = false;
    this.#flush();
    this.#releaseLater();
  };
  /** A flush takes several turns, and finds in each what it has written before. */
  readonly #releaseIfIdle = (): void => {
    this.#releasing = undefined;
    if (this.#count > 0) return;
    if (this.#idle) this.#release();
    else this.#releaseLater();
    this.#idle = true;
  };
  /** Of each send of the batch: its messages; its train, unless it is a packet by itself; whose. */
  readonly #messages: Uint32Array;
  readonly #plans: (TrainPlan | undefined)[];
  readonly #targets: (Target | undefined)[];
  readonly #known = new WeakMap<SliceTrain, TrainPlan>();
  #train: SliceTrain | undefined;
  #plan: TrainPlan | undefined;
  /** Sends `[from, count)` of the batch are to be handed over. */
  #from = 0;
  #count = 0;
  /** Of send `from`, the segment that goes by itself next. */
  #segment = WHOLE;
  /** Whether the kernel refused to segment send `from`, and it is to be seen why. */
  #suspected = false;
  /** Sends whose content is still referenced, and whether there was none since the last look. */
  #used = 0;
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
    this.#batch = new MessageBatch(native, size + 1, HEADER_BYTES, family, segments);
    this.#messages = new Uint32Array(size + 1);
    this.#plans = Array.from({ length: size + 1 }, () => undefined);
    this.#targets = Array.from({ length: size + 1 }, () => undefined);
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
    return this.#batch.heads[this.#count] as Buffer;
  }

  time(): number {
    if (this.#count === this.#from) this.#begun = this.#clock.now();
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
    this.#batch.set(this.#count, payload, to.sockaddr);
    this.#add(undefined, messages, to);
  }

  sendTrain(train: SliceTrain, flags: Uint8Array, epoch: Epoch, dseq: number, to: Target): void {
    const plan = this.#planOf(train, epoch);
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
    while (this.#from < this.#count) this.#lose();
    this.#clear();
    this.#releasing?.cancel();
    this.#release();
  }

  /** The same for everybody at the same place. */
  #planOf(train: SliceTrain, epoch: Epoch): TrainPlan {
    if (train === this.#train) return this.#plan as TrainPlan;
    let plan = this.#known.get(train);
    if (plan === undefined) {
      plan = new TrainPlan(train.slices, train.longest, epoch);
      this.#known.set(train, plan);
    }
    this.#train = train;
    this.#plan = plan;
    return plan;
  }

  /** The flags of its first datagram are at `first`. */
  #sendPlan(plan: TrainPlan, flags: Uint8Array, first: number, dseq: number, to: Target): void {
    const count = plan.payloads.length;
    this.#counters.sends += count;
    this.#counters.sendBytes += plan.bytes;
    this.#counters.sentMessages += plan.messages;
    this.#batch.setSegments(this.#count, plan, to.sockaddr);
    const { words } = this.#batch;
    const { heads } = plan;
    for (let i = 0; i < count; i++) {
      const at = this.#batch.headAt(this.#count, i);
      const word = heads[i * HEADER_WORDS + FLAGS_WORD] as number;
      words[at + FLAGS_WORD] = withFlags(word, flags[first + i] as number);
      words[at + DSEQ_WORD] = dseq + i;
    }
    this.#add(plan, plan.messages, to);
  }

  #add(plan: TrainPlan | undefined, messages: number, to: Target): void {
    const index = this.#count;
    this.#plans[index] = plan;
    this.#messages[index] = messages;
    this.#targets[index] = to;
    this.#used = Math.max(this.#used, index + 1);
    this.#idle = false;
    if (index === this.#size) {
      // Full and blocked, and still one more: dgram's queue has room for it.
      this.#sendSingly(index);
      return;
    }
    this.#count = index + 1;
    if (this.#count === this.#size) this.#flush();
    // Also when it went out already: what it carried is to be let go of some time.
    if (!this.#due) this.#flushAtEndOfTurn();
  }

  #flushAtEndOfTurn(): void {
    this.#due = true;
    queueMicrotask(this.#endTurn);
  }

  #flush(): void {
    if (this.#count === 0 || this.#closed) return;
    while (this.#from < this.#count && !this.#queue.blocked) {
      this.#stamp();
      const to = this.#segment === WHOLE ? this.#count : this.#from + 1;
      const sent = this.#batch.send(this.#fd, this.#from, to);
      if (sent > 0) this.#taken(sent);
      else this.#refused(-sent);
    }
    if (this.#from === this.#count) this.#clear();
  }

  #taken(sends: number): void {
    if (this.#segment !== WHOLE) {
      if (this.#suspected) this.#noteRefusal();
      this.#nextSegment();
      return;
    }
    for (let i = 0; i < sends; i++) {
      const plan = this.#plans[this.#from + i];
      if (plan === undefined || plan.payloads.length === 1) continue;
      this.#counters.coalescedSends += 1;
      this.#counters.coalescedDatagrams += plan.payloads.length;
      this.#counters.sendBytes += plan.paddingBytes;
      this.#counters.paddingBytes += plan.paddingBytes;
    }
    this.#from += sends;
  }

  /**
   * The kernel did not take the next send. After a batch taken in part, the call after it tells
   * why.
   */
  #refused(errno: number): void {
    if (errno === ERRNO.EINTR) return;
    if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS) {
      if (this.#segment === WHOLE) {
        this.#sendSingly(this.#from);
        this.#from += 1;
      } else {
        this.#sendSegment(this.#from, this.#segment);
        this.#nextSegment();
      }
    } else if (this.#segment === WHOLE && this.#segmentsOf(this.#from) > 1) {
      this.#suspected = REFUSES_SEGMENTS.has(errno);
      this.#goSingly(0);
    } else {
      this.#lose();
    }
  }

  #segmentsOf(index: number): number {
    return this.#plans[index]?.payloads.length ?? 1;
  }

  /** Its first datagram went by itself: it is the segmenting that its path does not do. */
  #noteRefusal(): void {
    this.#suspected = false;
    const target = this.#targets[this.#from] as Target;
    if (!target.segmented) return;
    target.segmented = false;
    this.#counters.segmentationRefused += 1;
  }

  #goSingly(segment: number): void {
    this.#segment = segment;
    writePadding(this.#batch.head(this.#from, segment), 0);
    this.#batch.narrow(this.#from, segment);
  }

  #nextSegment(): void {
    const next = this.#segment + 1;
    if (next < this.#segmentsOf(this.#from)) {
      this.#goSingly(next);
      return;
    }
    this.#batch.forget(this.#from);
    this.#segment = WHOLE;
    this.#suspected = false;
    this.#from += 1;
  }

  #sendSingly(index: number): void {
    const count = this.#segmentsOf(index);
    for (let i = 0; i < count; i++) this.#sendSegment(index, i);
    if (count > 1) this.#batch.forget(index);
  }

  #sendSegment(index: number, segment: number): void {
    const { port, address } = this.#targets[index] as Target;
    const head = this.#batch.head(index, segment);
    writePadding(head, 0);
    writeSendTime(head, Math.floor(timeOfDay(this.#clock)));
    const messages = this.#plans[index]?.counts[segment] ?? (this.#messages[index] as number);
    this.#queue.send(this.#batch.copy(index, segment), messages, port, address);
  }

  /** What is next, a send or a segment that goes by itself, is not sent. */
  #lose(): void {
    if (this.#segment === WHOLE) {
      this.#counters.sendErrorMessages += this.#messages[this.#from] as number;
      this.#from += 1;
    } else {
      // Segmented or not, it does not get through.
      this.#suspected = false;
      const counts = this.#plans[this.#from]?.counts as readonly number[];
      this.#counters.sendErrorMessages += counts[this.#segment] as number;
      this.#nextSegment();
    }
  }

  #resume(): void {
    this.#flush();
    this.#releaseLater();
    if (!this.blocked) this.#onDrain();
  }

  /** Not while blocked: it is looked at again when there is room. */
  #releaseLater(): void {
    if (this.#closed || this.#count > 0) return;
    this.#releasing ??= this.#clock.setImmediate(this.#releaseIfIdle);
  }

  #stamp(): void {
    const now = Math.floor(timeOfDay(this.#clock));
    const low = now >>> 0;
    const high = Math.floor(now / TWO_32);
    const { words } = this.#batch;
    for (let i = this.#from; i < this.#count; i++) {
      const segments = this.#segmentsOf(i);
      for (let segment = 0; segment < segments; segment++) {
        const at = this.#batch.headAt(i, segment) + SEND_TIME_WORD;
        words[at] = low;
        words[at + 1] = high;
      }
    }
  }

  #clear(): void {
    this.#from = 0;
    this.#count = 0;
  }

  /** Lets go of what was sent: until then the next to be at the same place find it there. */
  #release(): void {
    this.#batch.release(this.#used);
    this.#targets.fill(undefined, 0, this.#used);
    this.#plans.fill(undefined, 0, this.#used);
    this.#used = 0;
    this.#train = undefined;
    this.#plan = undefined;
  }
}
