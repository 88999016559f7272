import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Codec } from '../../codecs/codec.js';
import type { Slice } from '../../core/log/slice.js';
import type { Subscriber } from '../../core/subscriber.js';
import type { ServerCounters } from '../counters.js';
import { StreamSink, type StreamSinkOptions } from '../stream/sink.js';
import { closeCodeOf } from './close-code.js';
import { frame, OPCODE } from './frame.js';
import type { FrameCache } from './frame-cache.js';

const OPEN = 1;
const PING = frame(OPCODE.ping, Buffer.alloc(0));

/**
 * A text frame for a codec that writes text, so that a browser's `event.data` is a string; else a
 * binary one.
 */
export function opcodeFor(codec: Codec): number {
  return codec.text === true ? OPCODE.text : OPCODE.binary;
}

/**
 * One subscriber's end of a WebSocket. Frames go past the package, straight to the socket: they are
 * made once for all subscribers (`FrameCache`), and it is the socket's queue that tells when to
 * stop. The package reads what the client says, answers its pings and does the closing handshake.
 */
export class WsSink extends StreamSink {
  readonly #ws: WebSocket;
  readonly #frames: FrameCache;
  readonly #beatsPerPing: number;
  #beatsToPing: number;

  /**
   * `beatsPerPing`: a ping every so many beats; clients begin at different ones, so that not all
   * are pinged at once.
   */
  constructor(
    connection: { readonly socket: Socket; readonly ws: WebSocket; readonly serial: number },
    codec: Codec,
    frames: FrameCache,
    beatsPerPing: number,
    counters: ServerCounters,
    options: StreamSinkOptions,
  ) {
    super(connection.socket, codec, counters, options);
    this.#ws = connection.ws;
    this.#frames = frames;
    this.#beatsPerPing = beatsPerPing;
    this.#beatsToPing = 1 + (connection.serial % beatsPerPing);
  }

  protected override get scheme(): string {
    return 'ws';
  }

  override beat(subscriber: Subscriber, next: number, bare: boolean): void {
    super.beat(subscriber, next, bare);
    this.#beatsToPing -= 1;
    // One that is blocked has yet to take what was sent before: that it does is its sign of life.
    if (this.#beatsToPing > 0 || this.blocked || !this.open) return;
    this.#beatsToPing = this.#beatsPerPing;
    this.socket.write(PING);
  }

  /** No data may follow a close frame, whoever sent it (RFC 6455 §5.5.1). */
  protected override get open(): boolean {
    return this.#ws.readyState === OPEN && super.open;
  }

  protected writeSlice(slice: Slice, written: () => void): number {
    const { head, body, bytes } = this.#frames.of(slice);
    if (body === undefined) {
      this.socket.write(head, written);
      return bytes;
    }
    this.socket.cork();
    this.socket.write(head);
    this.socket.write(body, written);
    this.socket.uncork();
    return bytes;
  }

  protected writeControl(bytes: Buffer, written: () => void): void {
    this.socket.write(frame(opcodeFor(this.codec), bytes), written);
  }

  protected hangUp(reason: string): void {
    this.#ws.close(closeCodeOf(reason), reason);
  }
}
