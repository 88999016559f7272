import type { Clock } from '../../../core/clock.js';
import type { SliceTrain } from '../../../core/log/slice-train.js';
import type { ServerCounters } from '../../counters.js';
import { type Epoch, HEADER_BYTES, PACKET, writeHeader } from '../../datagram/wire.js';
import { DgramQueue, type SendingSocket } from './dgram-queue.js';

/**
 * Sends datagrams of one socket to many addresses. The order of use is: see that `blocked` is
 * false, write the header into `header`, `send`.
 */
export interface DatagramSender {
  /** How it sends, for the result: `dgram`, `sendmmsg` or `gso`. */
  readonly name: string;
  /** Datagrams of one subscriber that may go in one send: the most slices of a train. */
  readonly segments: number;
  /** The kernel's buffer is full: send nothing until `onDrain` has been called. */
  readonly blocked: boolean;
  /**
   * Room for the header of the next datagram, 36 bytes. Another buffer may stand here after each
   * `send`.
   */
  readonly header: Buffer;
  /**
   * The clock reading to make the time in the next header of. A sender that keeps datagrams back
   * reads the clock once for many, and
   * sets `sendTime` again when it sends them.
   */
  time(): number;
  /**
   * Everything about a destination that a send needs, made once per peer. `address`: as `dgram`
   * gives it. `takesPadding`: its peer speaks version 2 of the wire.
   */
  target(address: string, port: number, takesPadding: boolean): Target;
  /**
   * Sends `header` and `payload` as one datagram of a stream, at the end of this turn of the event
   * loop at the latest, and counts it. `payload` must never change afterwards: it may still be
   * queued, and a payload that goes to many addresses in a row is recognised by its identity.
   * `messages`: how many are in it.
   */
  send(payload: Buffer, messages: number, to: Target): void;
  /**
   * The same for the slices of a train, each as a DATA datagram with the flags that are at its
   * place in `flags`, from number `dseq` on; `header` is not used.
   */
  sendTrain(train: SliceTrain, flags: Uint8Array, epoch: Epoch, dseq: number, to: Target): void;
  /**
   * Sends a whole packet that is not part of a stream (it uses up no `dseq`), after everything sent
   * before. Not counted, and dropped while blocked: such packets are repeated anyway.
   */
  sendPacket(packet: Buffer, port: number, address: string): void;
  /**
   * Nothing can be sent any more: counts what has not been as send errors. Call it before the
   * socket is closed.
   */
  close(): void;
}

export interface Target {
  readonly address: string;
  readonly port: number;
  /**
   * The same as a `struct sockaddr`, for senders that hand it to the kernel themselves; else empty.
   */
  readonly sockaddr: Uint32Array;
  readonly takesPadding: boolean;
  /** The kernel segments on the way there, as far as is known. */
  segmented: boolean;
}

const NOTHING: Buffer = Buffer.alloc(0);
const NO_SOCKADDR = new Uint32Array(0);

/**
 * One `dgram` send per datagram. Header and payload are put together in one buffer, and the payload
 * is copied only when it is another one than last time: measured 10 % faster than handing dgram the
 * list [header, payload], which it wraps again for every send.
 */
export class DgramSender implements DatagramSender {
  readonly name = 'dgram';
  readonly segments = 1;
  readonly #queue: DgramQueue;
  readonly #clock: Clock;
  readonly #counters: ServerCounters;
  readonly #maxBytes: number;
  #buffer: Buffer;
  /** The part of the buffer that is the datagram, and whose payload it holds. */
  #datagram: Buffer;
  #payload: Buffer = NOTHING;

  /** `maxBytes`: the largest datagram. */
  constructor(
    socket: SendingSocket,
    maxBytes: number,
    clock: Clock,
    counters: ServerCounters,
    onDrain: () => void,
  ) {
    this.#clock = clock;
    this.#queue = new DgramQueue(socket, counters, onDrain);
    this.#maxBytes = maxBytes;
    this.#counters = counters;
    this.#buffer = Buffer.allocUnsafeSlow(maxBytes);
    this.#datagram = this.#buffer.subarray(0, HEADER_BYTES);
  }

  get blocked(): boolean {
    return this.#queue.blocked;
  }

  get header(): Buffer {
    return this.#buffer;
  }

  time(): number {
    return this.#clock.now();
  }

  target(address: string, port: number, takesPadding: boolean): Target {
    return { address, port, sockaddr: NO_SOCKADDR, takesPadding, segmented: false };
  }

  sendTrain(
    { slices }: SliceTrain,
    flags: Uint8Array,
    epoch: Epoch,
    dseq: number,
    to: Target,
  ): void {
    const sendTime = Math.floor(this.#clock.now() + (this.#clock.step ?? 0));
    for (let i = 0; i < slices.length; i++) {
      const { seq, from, to: end, bytes } = slices[i] as SliceTrain['slices'][number];
      const count = end - from;
      const flag = flags[i] as number;
      writeHeader(this.header, PACKET.data, flag, epoch, seq, dseq + i, count, sendTime);
      this.send(bytes, count, to);
    }
  }

  send(payload: Buffer, messages: number, { port, address }: Target): void {
    if (payload !== this.#payload) {
      payload.copy(this.#buffer, HEADER_BYTES);
      this.#datagram = this.#buffer.subarray(0, HEADER_BYTES + payload.length);
      this.#payload = payload;
    }
    this.#counters.sends += 1;
    this.#counters.sendBytes += this.#datagram.length;
    this.#counters.sentMessages += messages;
    this.#queue.send(this.#datagram, messages, port, address);
    // Node holds on to the buffer until the kernel takes it: leave it alone and go on in a new one.
    if (this.blocked) this.#renew();
  }

  sendPacket(packet: Buffer, port: number, address: string): void {
    if (!this.blocked) this.#queue.send(packet, 0, port, address);
  }

  /** What dgram still holds comes back with an error when its socket closes. */
  close(): void {}

  #renew(): void {
    this.#buffer = Buffer.allocUnsafeSlow(this.#maxBytes);
    this.#datagram = this.#buffer.subarray(0, HEADER_BYTES);
    this.#payload = NOTHING;
  }
}
