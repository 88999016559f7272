import type { ServerCounters } from '../transport.js';
import { HEADER_BYTES } from './wire.js';

/**
 * Sends datagrams of one socket to many addresses. The order of use is: see that `blocked` is false, write the header
 * into `header`, `send`.
 */
export interface DatagramSender {
  /** The kernel's buffer is full: send nothing until `onDrain` has been called. */
  readonly blocked: boolean;
  /** Room for the header of the next datagram, 36 bytes. Another buffer may stand here after each `send`. */
  readonly header: Buffer;
  /**
   * Sends `header` and `payload` as one datagram of a stream, and counts it. `payload` must never change afterwards: it may still be queued, and
   * a payload that goes to many addresses in a row is recognised by its identity. `messages`: how many are in it.
   */
  send(payload: Buffer, messages: number, port: number, address: string): void;
  /**
   * Sends a whole packet that is not part of a stream (it uses up no `dseq`). Not counted, and dropped while blocked:
   * such packets are repeated anyway.
   */
  sendPacket(packet: Buffer, port: number, address: string): void;
}

/** The part of a `dgram.Socket` that is used; a test gives one that blocks and fails at will. */
export interface SendingSocket {
  send(packet: Buffer, port: number, address: string, done: (error: Error | null) => void): void;
  /** Datagrams that Node holds because the kernel took no more. */
  getSendQueueCount(): number;
}

const NOTHING: Buffer = Buffer.alloc(0);
const FIRST_RING_SIZE = 1_024;

/**
 * One `dgram` send per datagram. Header and payload are put together in one buffer, and the payload is copied only when
 * it is another one than last time: measured 10 % faster than handing dgram the list [header, payload], which it
 * wraps again for every send. Errors come back through one shared callback in the order of the sends, so a ring
 * of message counts says what a failed one carried.
 */
export class DgramSender implements DatagramSender {
  readonly #socket: SendingSocket;
  readonly #counters: ServerCounters;
  readonly #maxBytes: number;
  readonly #onDrain: () => void;
  readonly #done = (error: Error | null): void => this.#settle(error);
  readonly #inFlight = new CountRing();
  #buffer: Buffer;
  /** The part of the buffer that is the datagram, and whose payload it holds. */
  #datagram: Buffer;
  #payload: Buffer = NOTHING;
  #blocked = false;

  /** `maxBytes`: the largest datagram. */
  constructor(socket: SendingSocket, maxBytes: number, counters: ServerCounters, onDrain: () => void) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#counters = counters;
    this.#onDrain = onDrain;
    this.#buffer = Buffer.allocUnsafeSlow(maxBytes);
    this.#datagram = this.#buffer.subarray(0, HEADER_BYTES);
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  get header(): Buffer {
    return this.#buffer;
  }

  send(payload: Buffer, messages: number, port: number, address: string): void {
    if (payload !== this.#payload) {
      payload.copy(this.#buffer, HEADER_BYTES);
      this.#datagram = this.#buffer.subarray(0, HEADER_BYTES + payload.length);
      this.#payload = payload;
    }
    this.#counters.sends += 1;
    this.#counters.sendBytes += this.#datagram.length;
    this.#counters.sentMessages += messages;
    this.#dispatch(this.#datagram, messages, port, address);
    // Node holds on to the buffer until the kernel takes it: leave it alone and go on in a new one.
    if (this.#blocked) this.#renew();
  }

  sendPacket(packet: Buffer, port: number, address: string): void {
    if (!this.#blocked) this.#dispatch(packet, 0, port, address);
  }

  #dispatch(packet: Buffer, messages: number, port: number, address: string): void {
    this.#inFlight.push(messages);
    this.#socket.send(packet, port, address, this.#done);
    if (this.#socket.getSendQueueCount() > 0) this.#blocked = true;
  }

  #settle(error: Error | null): void {
    const messages = this.#inFlight.shift();
    if (error !== null) this.#counters.sendErrorMessages += messages;
    if (!this.#blocked || this.#socket.getSendQueueCount() > 0) return;
    this.#blocked = false;
    this.#onDrain();
  }

  #renew(): void {
    this.#buffer = Buffer.allocUnsafeSlow(this.#maxBytes);
    this.#datagram = this.#buffer.subarray(0, HEADER_BYTES);
    this.#payload = NOTHING;
  }
}

/** A queue of small numbers that allocates only when it grows. */
class CountRing {
  #slots = new Uint32Array(FIRST_RING_SIZE);
  #from = 0;
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#from + this.#length) & (this.#slots.length - 1)] = value;
    this.#length += 1;
  }

  /** The oldest value; 0 when there is none. */
  shift(): number {
    if (this.#length === 0) return 0;
    const value = this.#slots[this.#from] as number;
    this.#from = (this.#from + 1) & (this.#slots.length - 1);
    this.#length -= 1;
    return value;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i++) {
      this.#slots[i] = old[(this.#from + i) & (old.length - 1)] as number;
    }
    this.#from = 0;
  }
}
