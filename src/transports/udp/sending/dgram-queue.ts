import type { ServerCounters } from '../../counters.js';

/** The part of a `dgram.Socket` that is used; a test gives one that blocks and fails at will. */
export interface SendingSocket {
  send(packet: Buffer, port: number, address: string, done: (error: Error | null) => void): void;
  /** Datagrams that Node holds because the kernel took no more. */
  getSendQueueCount(): number;
}

const FIRST_RING_SIZE = 1_024;

/**
 * Single datagrams through `dgram`, which queues what the kernel does not take and sends it when it
 * can. Errors come back through one shared callback in the order of the sends, so a ring of message
 * counts says what a failed one carried.
 */
export class DgramQueue {
  readonly #socket: SendingSocket;
  readonly #counters: ServerCounters;
  readonly #onDrain: () => void;
  readonly #done = (error: Error | null): void => this.#settle(error);
  readonly #inFlight = new CountRing();
  #blocked = false;

  constructor(socket: SendingSocket, counters: ServerCounters, onDrain: () => void) {
    this.#socket = socket;
    this.#counters = counters;
    this.#onDrain = onDrain;
  }

  /** Something is queued. `onDrain` is called when nothing is any more. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** `packet` must not change until it is sent. `messages`: how many are lost if it fails. */
  send(packet: Buffer, messages: number, port: number, address: string): void {
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
