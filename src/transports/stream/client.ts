import type { Codec, ScanVisitor } from '../../codecs/codec.js';
import type { Clock } from '../../core/clock.js';
import { type ControlMessage, isControl, type Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { checkControl, checkWelcome } from '../client/announced.js';
import { type Attempt, DEFAULT_TIMEOUT_MS } from '../client/attempt.js';
import { IdleTimeout } from '../client/idle-timeout.js';
import type { StreamHandler, StreamSocket } from '../client-sockets.js';
import type { ClockExchange } from '../clock-exchange.js';
import type { ClientCounters } from '../counters.js';
import { newClientCounters } from '../counters.js';
import { endInLine, errorOfEnd } from '../end.js';
import type { Endpoint } from '../endpoint.js';
import { authorityOf } from '../endpoint.js';
import { NODE_SOCKETS } from '../node/node-sockets.js';
import type { ConnectOptions, Receiver, Subscription } from '../transport.js';
import { ConnectionErrors } from './connection-errors.js';
import { ReadBuffer } from './read-buffer.js';

/** More than a packet and its repetition take, also around the world. */
const NEXT_ADDRESS_MS = 1_500;
/** A subscription over a TCP connection, whatever stands around the encoded messages on it. */
export abstract class StreamSubscription implements Subscription, ScanVisitor {
  /** The kernel tunes TCP buffers itself and Node cannot read their size. */
  readonly receiveBufferBytes = null;
  readonly counters: ClientCounters = newClientCounters();
  readonly welcomed: Promise<void>;
  readonly closed: Promise<LabError | undefined>;
  protected readonly socket: StreamSocket;
  protected readonly codec: Codec;
  readonly #errors: ConnectionErrors;
  readonly #silence: IdleTimeout;
  readonly #receiver: Receiver;
  readonly #reads: ReadBuffer;
  /** The buffer being scanned, for decoding a control message found in it. */
  #bytes: Buffer;
  /** The read under way has completed an item. */
  #wholeItem = false;
  #welcome: Welcome | undefined;
  #settleWelcome: (error?: LabError) => void = () => {};
  #settleClosed: (error?: LabError) => void = () => {};
  #finished = false;
  #requestTooLate = false;
  readonly #clock: Clock;
  /** Clock readings, µs: right before the request left, and of the read under way. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #readAt = 0;
  #exchanges: readonly ClockExchange[] = [];

  /**
   * `kind` names the connection in errors; `overhead`: most bytes of the wire's own that may be
   * left over from a read.
   */
  constructor(
    kind: string,
    endpoint: Endpoint,
    options: ConnectOptions,
    attempt: Attempt,
    overhead = 0,
  ) {
    this.codec = options.codec;
    this.#clock = options.clock;
    this.#errors = new ConnectionErrors(kind, authorityOf(endpoint));
    this.#receiver = options.receiver;
    this.#reads = new ReadBuffer(options.codec.maxMessageBytes + overhead);
    this.#bytes = this.#reads.buffer;
    this.#silence = new IdleTimeout(options.clock, this.counters, (silentMs) =>
      this.finish(this.#errors.silent(silentMs)),
    );
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const handler: StreamHandler = {
      onConnect: () => this.#onConnect(),
      onRead: (length, arrivedAt, unreadSince) => this.#read(length, arrivedAt, unreadSince),
      onEnd: () => this.#onEnd(),
      onError: (cause) => this.#onError(cause),
    };
    this.socket = (options.sockets ?? NODE_SOCKETS).openStream(
      {
        // Member by member: a spread would give each connection a hidden class of its own, and every
        // look at what is read for each of a thousand a miss.
        host: endpoint.host,
        port: endpoint.port,
        area: this.#reads.area,
        nextAddressMs: nextAddressMs(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
        localAddress: options.localAddress,
      },
      handler,
    );
    attempt.readings = () => this.counters.reads;
    const release = attempt.onEnd((error) => this.finish(error));
    this.welcomed = new Promise((resolve, reject) => {
      this.#settleWelcome = (error) => {
        release();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  /**
   * Takes in `bytes[start, end)`, what an earlier read left over and this one, and returns where
   * the part begins that is to be kept for the next. Errors it throws end the subscription.
   */
  protected abstract take(bytes: Buffer, start: number, end: number): number;

  /** The request is about to be sent: not before there is a connection. */
  protected asking(): void {
    this.#askedAt = this.#clock.now();
  }

  /** Last words before the connection is reset. */
  protected sendClose(): void {}

  protected get finished(): boolean {
    return this.#finished;
  }

  /**
   * The server began its stream before it had our request: it took us for a client that sends none.
   */
  get requestTooLate(): boolean {
    return this.#requestTooLate;
  }

  get exchanges(): readonly ClockExchange[] {
    return this.#exchanges;
  }

  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new LabError('LAB_ERR_INTERNAL', 'no welcome yet');
    return this.#welcome;
  }

  get localPort(): number {
    return this.socket.localPort;
  }

  async close(): Promise<void> {
    this.finish(undefined);
    await this.closed;
  }

  message(seq: number, start: number, end: number): void {
    if (this.#welcome === undefined)
      throw new LabError('LAB_ERR_PROTOCOL', 'data before the welcome');
    this.#receiver.message(seq, start, end);
  }

  messageRun(seq: number, count: number, start: number, end: number): boolean {
    const isWelcomed = this.#welcome !== undefined;
    return isWelcomed && this.#receiver.messageRun?.(seq, count, start, end) === true;
  }

  control(start: number, end: number): void {
    const item = this.codec.decode(this.#bytes, start, end)?.item;
    if (item !== undefined && isControl(item)) this.#control(item);
  }

  /**
   * Hands the whole items of `bytes[start, end)` to the receiver and returns where the rest begins.
   */
  protected scan(bytes: Buffer, start: number, end: number): number {
    this.#bytes = bytes;
    try {
      const rest = this.codec.scan(bytes, start, end, this);
      if (rest > start) this.#wholeItem = true;
      return rest;
    } catch (error) {
      // A server that does not speak the codec asked for says so in a JSON line.
      const refusal = this.#welcome === undefined ? endInLine(bytes, start, end) : undefined;
      if (refusal === undefined) {
        if (this.#welcome !== undefined) throw error;
        throw this.#notWelcomed(error, beginsMessage(bytes, start, end));
      }
      this.finish(errorOfEnd(refusal));
      return end;
    }
  }

  #notWelcomed(error: unknown, isStream: boolean): LabError {
    if (!isStream) return this.#errors.notOfTheLab(error);
    this.#requestTooLate = true;
    return this.#errors.requestTooLate();
  }

  /**
   * Ends once: a client that leaves resets the connection, so that the server knows at once and no
   * TIME_WAIT remains.
   */
  protected finish(error: LabError | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#silence.stop();
    this.#settleWelcome(
      error ??
        new LabError('LAB_ERR_CLOSED', 'the subscription was closed before the server welcomed it'),
    );
    this.sendClose();
    this.socket.destroy();
    this.#settleClosed(error);
  }

  #onConnect(): void {
    this.asking();
    if (this.socket.isOwnEcho) this.finish(this.#errors.ownEcho());
  }

  #onError(cause: NodeJS.ErrnoException): void {
    this.finish(this.#errors.failed(cause, this.#welcome !== undefined));
  }

  #onEnd(): void {
    this.finish(this.#errors.endedEarly());
  }

  #read(length: number, arrivedAt: number, unreadSince: number): void {
    if (this.#finished) return;
    this.counters.reads += 1;
    this.counters.bytes += length;
    if (this.#welcome === undefined) this.#readAt = this.#clock.now();
    const { buffer, start, end } = this.#reads.filled(length);
    this.#receiver.begin(buffer, 0, arrivedAt, unreadSince);
    this.#wholeItem = false;
    try {
      const rest = this.take(buffer, start, end);
      if (!this.#finished) this.#reads.keep(rest, end);
      this.#silence.read(length, this.#wholeItem);
    } catch (error) {
      this.counters.malformed += 1;
      this.finish(LabError.from(error, 'LAB_ERR_PROTOCOL'));
    }
    this.#receiver.end();
  }

  #told(toldAt: number): void {
    const [askedAt, heardAt] = [this.#askedAt, this.#readAt];
    this.#exchanges = [{ askedAt, toldAt, heardAt }];
  }

  #control(control: ControlMessage): void {
    if (control.control === 'welcome') {
      if (this.#welcome !== undefined) throw new LabError('LAB_ERR_PROTOCOL', 'a second welcome');
      checkWelcome(control, this.codec);
      this.#welcome = control;
      if (control.time !== undefined) this.#told(control.time);
      this.#silence.start(control.heartbeat_ms);
      this.#receiver.control(control);
      this.#settleWelcome();
    } else if (control.control === 'end') {
      this.#receiver.control(control);
      this.finish(errorOfEnd(control));
    } else {
      checkControl(control);
      this.#receiver.control(control);
    }
  }
}

/**
 * How long one address of a name may be silent before the next is tried; the last one has what is
 * left. Node asks for 10 ms.
 */
function nextAddressMs(timeoutMs: number): number {
  return Math.max(10, Math.min(NEXT_ADDRESS_MS, Math.floor(timeoutMs / 4)));
}

/**
 * A message of either codec, and so the stream of a client that sent no request, has its first
 * member's name there.
 */
function beginsMessage(bytes: Buffer, start: number, end: number): boolean {
  return end - start > 5 && bytes.toString('latin1', start + 2, start + 5) === 'seq';
}
