import type { ServerCounters } from '../counters.js';
import { HEADER_BYTES } from '../datagram/wire.js';

/**
 * The part of a connected `dgram.Socket` that is used; a test gives one that blocks and fails at
 * will.
 */
export interface GroupSocket {
  send(packet: Buffer, done: (error: Error | null) => void): void;
  /** Datagrams that Node holds because the kernel took no more. */
  getSendQueueCount(): number;
}

/**
 * Sends datagrams to one group. The order of use is: see that `blocked` is false, write the header
 * into `header`, `send`. One address, so there is nothing to gain from keeping a payload that comes
 * again.
 */
export class GroupSender {
  readonly #socket: GroupSocket;
  readonly #counters: ServerCounters;
  readonly #maxBytes: number;
  readonly #onDrain: () => void;
  readonly #done = (error: Error | null): void => this.#settle(error);
  /**
   * Messages in each send whose callback is to come, in order; the first `#settled` have had
   * theirs.
   */
  readonly #inFlight: number[] = [];
  #settled = 0;
  #buffer: Buffer;
  #blocked = false;

  /** `maxBytes`: the largest datagram. `onDrain`: called when the kernel takes more again. */
  constructor(
    socket: GroupSocket,
    maxBytes: number,
    counters: ServerCounters,
    onDrain: () => void,
  ) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#counters = counters;
    this.#onDrain = onDrain;
    this.#buffer = Buffer.allocUnsafeSlow(maxBytes);
  }

  /** The kernel's buffer is full: send nothing until `onDrain` has been called. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Room for the header of the next datagram. Another buffer may stand here after each `send`. */
  get header(): Buffer {
    return this.#buffer;
  }

  /**
   * Sends `header` and `payload` as one datagram of the stream, and counts it. `messages`: how many
   * are in it.
   */
  send(payload: Buffer, messages: number): void {
    const length = HEADER_BYTES + payload.length;
    payload.copy(this.#buffer, HEADER_BYTES);
    this.#counters.sends += 1;
    this.#counters.sendBytes += length;
    this.#counters.sentMessages += messages;
    this.#dispatch(this.#buffer.subarray(0, length), messages);
    // Node holds on to the buffer until the kernel takes it: leave it alone and go on in a new one.
    if (this.#blocked) this.#buffer = Buffer.allocUnsafeSlow(this.#maxBytes);
  }

  /**
   * Sends a packet that uses up no `dseq`. Not counted, and dropped while blocked: such packets are
   * repeated anyway.
   */
  sendPacket(packet: Buffer): void {
    if (!this.#blocked) this.#dispatch(packet, 0);
  }

  #dispatch(packet: Buffer, messages: number): void {
    this.#inFlight.push(messages);
    this.#socket.send(packet, this.#done);
    if (this.#socket.getSendQueueCount() > 0) this.#blocked = true;
  }

  #settle(error: Error | null): void {
    const messages = this.#inFlight[this.#settled] ?? 0;
    this.#settled += 1;
    if (this.#settled === this.#inFlight.length) {
      this.#inFlight.length = 0;
      this.#settled = 0;
    }
    if (error !== null) this.#counters.sendErrorMessages += messages;
    if (!this.#blocked || this.#socket.getSendQueueCount() > 0) return;
    this.#blocked = false;
    this.#onDrain();
  }
}
