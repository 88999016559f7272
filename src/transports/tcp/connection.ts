import type { Socket } from 'node:net';
import type { Codec } from '../../codecs/codec.js';
import type { ControlMessage } from '../../core/message.js';
import type { Sink, Subscriber } from '../../core/subscriber.js';
import { LabError } from '../../errors.js';
import type { ServerCounters } from '../transport.js';

const CONTROL_BYTES = 16 * 1024;

/** Control messages in the bytes of one codec. Rare, so each gets a buffer of its own. */
export function encodeControl(codec: Codec, control: ControlMessage): Buffer {
  const room = Buffer.allocUnsafe(CONTROL_BYTES);
  const end = codec.encodeControl(control, room, 0);
  // Sending the room as it is would show a stranger our memory.
  if (end < 0) throw new LabError('LAB_ERR_INTERNAL', `control message above ${CONTROL_BYTES} bytes`);
  return room.subarray(0, end);
}

/**
 * One subscriber's end of a TCP connection: turns slices of the log into writes.
 *
 * Backpressure: as soon as the kernel takes less than a whole slice, nothing more is written until that slice is gone. Node
 * therefore queues at most one slice (`maxQueuedBytes`) per subscriber; everything later waits in the shared log, for free.
 */
export class TcpSink implements Sink {
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #counters: ServerCounters;
  readonly #maxQueuedBytes: number;
  readonly #onEnd: () => void;
  // One bound function for the life of the connection: no closure per send.
  readonly #written = (): void => this.#unblock();
  readonly #requestFlush: () => void;
  #blocked = false;
  #idle = true;

  constructor(
    socket: Socket,
    codec: Codec,
    counters: ServerCounters,
    options: { maxQueuedBytes: number; requestFlush: () => void; onEnd: () => void },
  ) {
    this.#socket = socket;
    this.#codec = codec;
    this.#counters = counters;
    this.#maxQueuedBytes = options.maxQueuedBytes;
    this.#requestFlush = options.requestFlush;
    this.#onEnd = options.onEnd;
  }

  flush(subscriber: Subscriber): void {
    // What is handed to a dead socket would count as sent.
    while (!this.#blocked && !this.#socket.destroyed) {
      const slice = subscriber.read(this.#maxQueuedBytes);
      if (slice === undefined) return;
      subscriber.advance(slice);
      this.#counters.sends += 1;
      this.#counters.sendBytes += slice.bytes.length;
      this.#counters.sentMessages += slice.to - slice.from;
      this.#write(slice.bytes);
    }
  }

  control(control: ControlMessage): void {
    this.#write(encodeControl(this.#codec, control));
  }

  lagged(missed: number, next: number): void {
    this.#counters.droppedMessages += missed;
    this.control({ control: 'lagged', missed, next });
  }

  end(reason: string): void {
    if (!this.#socket.destroyed) {
      this.control({ control: 'end', reason });
      this.#socket.end();
    }
    this.#onEnd();
  }

  /** Sends a heartbeat if nothing was sent since the last call. */
  heartbeat(next: number): void {
    if (this.#idle && !this.#blocked) this.control({ control: 'heartbeat', next });
    this.#idle = true;
  }

  #write(bytes: Buffer): void {
    this.#idle = false;
    this.#socket.write(bytes, this.#written);
    if (this.#socket.writableLength > 0) this.#blocked = true;
  }

  #unblock(): void {
    if (!this.#blocked || this.#socket.writableLength > 0) return;
    this.#blocked = false;
    this.#requestFlush();
  }
}
