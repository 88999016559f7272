import type { Socket } from 'node:net';
import type { Codec } from '../../codecs/codec.js';
import type { Slice } from '../../core/log/slice.js';
import { type ControlMessage, laggedNotice } from '../../core/message.js';
import type { Conflated, Sink, SinkReader, SkipReason } from '../../core/sink.js';
import type { Subscriber } from '../../core/subscriber.js';
import { LabError } from '../../errors.js';
import type { ServerCounters } from '../counters.js';
import { countSkipped } from '../counters.js';
import { authorityOf } from '../endpoint.js';

const CONTROL_BYTES = 16 * 1024;

/** Control messages in the bytes of one codec. Rare, so each gets a buffer of its own. */
export function encodeControl(codec: Codec, control: ControlMessage): Buffer {
  const room = Buffer.allocUnsafe(CONTROL_BYTES);
  const end = codec.encodeControl(control, room, 0);
  // Sending the room as it is would show a stranger our memory.
  if (end < 0)
    throw new LabError('LAB_ERR_INTERNAL', `control message above ${CONTROL_BYTES} bytes`);
  return room.subarray(0, end);
}

export interface StreamSinkOptions {
  readonly maxQueuedBytes: number;
  readonly requestFlush: () => void;
  /** The subscription is over and the client has been told, if it could be. */
  readonly onEnd: () => void;
}

/**
 * One subscriber's end of a connection that carries a stream of bytes: turns slices of the log into
 * writes.
 *
 * Backpressure: as soon as the kernel takes less than a whole slice, nothing more is written until
 * that slice is gone. Node therefore queues at most one slice (`maxQueuedBytes`) per subscriber;
 * everything later waits in the shared log, for free.
 */
export abstract class StreamSink implements Sink {
  protected readonly socket: Socket;
  protected readonly codec: Codec;
  readonly #counters: ServerCounters;
  readonly #options: StreamSinkOptions;
  // One bound function for the life of the connection: no closure per send.
  readonly #written = (): void => this.#unblock();
  #blocked = false;
  #idle = true;

  constructor(socket: Socket, codec: Codec, counters: ServerCounters, options: StreamSinkOptions) {
    this.socket = socket;
    this.codec = codec;
    this.#counters = counters;
    this.#options = options;
  }

  /** The scheme of its URLs: `tcp`. */
  protected abstract get scheme(): string;

  get remote(): string | undefined {
    const { remoteAddress: host, remotePort: port } = this.socket;
    if (host === undefined || port === undefined) return undefined;
    return `${this.scheme}://${authorityOf({ host, port })}`;
  }

  /**
   * False once nothing more may be written: what is handed to a dead socket would count as sent.
   */
  protected get open(): boolean {
    return !this.socket.destroyed;
  }

  /**
   * Writes a slice as the wire wants it, `written` being the last write's callback; returns the
   * bytes, headers included.
   */
  protected abstract writeSlice(slice: Slice, written: () => void): number;

  /** The same for one encoded control message. */
  protected abstract writeControl(bytes: Buffer, written: () => void): void;

  /** Closes our side after END. */
  protected abstract hangUp(reason: string): void;

  /** True while a slice waits in Node for the kernel to take it. */
  protected get blocked(): boolean {
    return this.#blocked;
  }

  flush(subscriber: SinkReader): void {
    while (!this.#blocked && this.open) {
      const slice = subscriber.read(this.#options.maxQueuedBytes);
      if (slice === undefined) return;
      subscriber.advance(slice);
      this.#counters.sends += 1;
      this.#counters.sendBytes += this.writeSlice(slice, this.#written);
      this.#counters.sentMessages += slice.to - slice.from;
      this.#wrote();
    }
  }

  control(control: ControlMessage): void {
    if (!this.open) return;
    this.writeControl(encodeControl(this.codec, control), this.#written);
    this.#wrote();
  }

  skipped(missed: number, why: SkipReason): void {
    countSkipped(this.#counters, missed, why);
  }

  lagged(missed: number, next: number, conflated?: Conflated): void {
    this.control(laggedNotice(missed, next, conflated));
  }

  end(reason: string): void {
    if (this.open) {
      this.control({ control: 'end', reason });
      this.hangUp(reason);
    }
    this.#options.onEnd();
  }

  /**
   * Once every heartbeat period. `next`: the sequence number the next message will get. A `bare`
   * stream has no heartbeats.
   */
  beat(subscriber: Subscriber, next: number, bare: boolean): void {
    if (!bare && subscriber.inStep) this.heartbeat(next);
  }

  /** Sends a heartbeat if nothing was sent since the last call. */
  heartbeat(next: number): void {
    if (this.#idle && !this.#blocked) this.control({ control: 'heartbeat', next });
    this.#idle = true;
  }

  #wrote(): void {
    this.#idle = false;
    if (this.socket.writableLength > 0) this.#blocked = true;
  }

  #unblock(): void {
    if (!this.#blocked || this.socket.writableLength > 0) return;
    this.#blocked = false;
    this.#options.requestFlush();
  }
}
