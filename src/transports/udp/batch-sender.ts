import { type Clock, timeOfDay } from '../../core/clock.js';
import type { ServerCounters } from '../counters.js';
import { HEADER_BYTES, writeSendTime } from '../datagram/wire.js';
import type { Descriptor } from '../native/descriptor.js';
import { ERRNO } from '../native/libc.js';
import { BATCH_SIZE, MessageBatch } from '../native/message-batch.js';
import { encodeSockaddr } from '../native/sockaddr.js';
import { DgramQueue, type SendingSocket } from './dgram-queue.js';
import type { DatagramSender, Target } from './sender.js';

/** The descriptor is that of `socket`. */
export interface BatchSenderParts extends Descriptor {
  readonly socket: SendingSocket;
  readonly clock: Clock;
  readonly counters: ServerCounters;
  readonly onDrain: () => void;
}

/**
 * Many datagrams to a system call, by sendmmsg(2). A batch goes out when it is full, and at the end
 * of the turn of the event loop that began it (a microtask), so that nothing waits for the next
 * message. The payload is not copied.
 *
 * `sendTime` of every datagram is read right before the system call that carries it: the kernel
 * reaches the last of a batch a few microseconds per datagram later.
 *
 * When the kernel takes no more, the first datagram it refused goes through `dgram`: that it was
 * sent is the sign that there is room again. An error of one datagram costs that datagram; the
 * others go on.
 */
export class BatchSender implements DatagramSender {
  readonly name = 'sendmmsg';
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
  };
  /** Per datagram of the batch. */
  readonly #messages: Uint32Array;
  readonly #targets: (Target | undefined)[];
  /** Datagrams `[from, count)` of the batch are to be sent. */
  #from = 0;
  #count = 0;
  /** When the batch was begun. */
  #begun = 0;
  #due = false;
  #closed = false;

  constructor(parts: BatchSenderParts, size: number = BATCH_SIZE) {
    this.#fd = parts.fd;
    this.#family = parts.family;
    this.#clock = parts.clock;
    this.#counters = parts.counters;
    this.#onDrain = parts.onDrain;
    this.#size = size;
    // One to spare: a full batch has a header too, for who sends while blocked.
    this.#batch = new MessageBatch(parts.native, size + 1, HEADER_BYTES, parts.family);
    this.#messages = new Uint32Array(size + 1);
    this.#targets = Array.from({ length: size + 1 }, () => undefined);
    this.#queue = new DgramQueue(parts.socket, parts.counters, () => this.#resume());
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

  target(address: string, port: number): Target {
    return { address, port, sockaddr: encodeSockaddr(this.#family, address, port) };
  }

  send(payload: Buffer, messages: number, to: Target): void {
    this.#counters.sends += 1;
    this.#counters.sendBytes += HEADER_BYTES + payload.length;
    this.#counters.sentMessages += messages;
    const index = this.#count;
    this.#batch.set(index, payload, to.sockaddr);
    this.#messages[index] = messages;
    this.#targets[index] = to;
    if (index === this.#size) {
      // Full and blocked, and still one more: dgram's queue has room for it.
      this.#sendSingly(index);
      return;
    }
    this.#count = index + 1;
    if (this.#count === this.#size) this.#flush();
    else if (!this.#due) this.#flushAtEndOfTurn();
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
  }

  #flushAtEndOfTurn(): void {
    this.#due = true;
    queueMicrotask(this.#endTurn);
  }

  #flush(): void {
    if (this.#count === 0 || this.#closed) return;
    while (this.#from < this.#count && !this.#queue.blocked) {
      this.#stamp();
      const sent = this.#batch.send(this.#fd, this.#from, this.#count);
      if (sent > 0) this.#from += sent;
      else this.#refused(-sent);
    }
    if (this.#from === this.#count) this.#clear();
  }

  /**
   * The kernel did not take the next datagram. After a batch taken in part, the call after it tells
   * why.
   */
  #refused(errno: number): void {
    if (errno === ERRNO.EINTR) return;
    if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS) {
      this.#sendSingly(this.#from);
      this.#from += 1;
    } else {
      this.#lose();
    }
  }

  #sendSingly(index: number): void {
    const { port, address } = this.#targets[index] as Target;
    writeSendTime(this.#batch.heads[index] as Buffer, Math.floor(timeOfDay(this.#clock)));
    this.#queue.send(this.#batch.copy(index), this.#messages[index] as number, port, address);
  }

  #lose(): void {
    this.#counters.sendErrorMessages += this.#messages[this.#from] as number;
    this.#from += 1;
  }

  #resume(): void {
    this.#flush();
    if (!this.blocked) this.#onDrain();
  }

  #stamp(): void {
    const now = Math.floor(timeOfDay(this.#clock));
    for (let i = this.#from; i < this.#count; i++)
      writeSendTime(this.#batch.heads[i] as Buffer, now);
  }

  #clear(): void {
    this.#batch.release(this.#count);
    this.#targets.fill(undefined, 0, this.#count);
    this.#from = 0;
    this.#count = 0;
  }
}
