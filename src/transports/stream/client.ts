import type { Codec, ScanVisitor } from '../../codecs/codec.js';
import type { Clock } from '../../core/clock.js';
import { type ControlMessage, isControl, type Welcome } from '../../core/message.js';
import { hintBeside, LabError } from '../../errors.js';
import { checkControl, checkWelcome } from '../client/announced.js';
import { Attempt, DEFAULT_TIMEOUT_MS } from '../client/attempt.js';
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
import { ReadBuffer } from './read-buffer.js';

/** More than a packet and its repetition take, also around the world. */
const NEXT_ADDRESS_MS = 1_500;
/** Waits between the attempts of a client whose request came too late. */
const AGAIN_AFTER_MS = [200, 600, 1_800] as const;

/**
 * Opens a subscription and waits for its welcome. Once more when its request came too late: a lost
 * packet or a busy process is enough for that, and the next one mostly comes in time.
 */
export function welcomed<S extends StreamSubscription>(
  endpoint: Endpoint,
  options: ConnectOptions,
  open: (attempt: Attempt) => S,
): Promise<S> {
  const timedOut = (waitsFor: string, timeoutMs: number): LabError =>
    new LabError(
      'LAB_ERR_CONNECT_TIMEOUT',
      `${authorityOf(endpoint)} sent no ${waitsFor} within ${timeoutMs} ms`,
      {
        hint: 'is this a lab server, and is it reachable?',
      },
    );
  return Attempt.run(options, timedOut, async (attempt) => {
    for (let tooLate = 0; ; tooLate++) {
      const client = opened(() => open(attempt));
      try {
        await client.welcomed;
        return client;
      } catch (error) {
        const wait = AGAIN_AFTER_MS[tooLate];
        if (!client.requestTooLate || wait === undefined) throw error;
        await attempt.sleep(wait);
      }
    }
  });
}

function opened<S>(open: () => S): S {
  try {
    return open();
  } catch (cause) {
    // Node throws at once for a port that is none.
    throw LabError.from(cause, 'LAB_ERR_CONNECT');
  }
}

/** A subscription over a TCP connection, whatever stands around the encoded messages on it. */
export abstract class StreamSubscription implements Subscription, ScanVisitor {
  /** The kernel tunes TCP buffers itself and Node cannot read their size. */
  readonly receiveBufferBytes = null;
  readonly counters: ClientCounters = newClientCounters();
  readonly welcomed: Promise<void>;
  readonly closed: Promise<LabError | undefined>;
  protected readonly socket: StreamSocket;
  protected readonly codec: Codec;
  /** What errors call the connection. */
  readonly #kind: string;
  readonly #peer: string;
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
    this.#kind = kind;
    this.#peer = authorityOf(endpoint);
    this.#receiver = options.receiver;
    this.#reads = new ReadBuffer(options.codec.maxMessageBytes + overhead);
    this.#bytes = this.#reads.buffer;
    this.#silence = new IdleTimeout(options.clock, this.counters, (silentMs) => {
      const message = `nothing heard from ${this.#peer} for ${silentMs / 1_000} s`;
      const hint = 'the server or the network between is gone: connect again';
      this.finish(new LabError('LAB_ERR_PEER_TIMEOUT', message, { hint }));
    });
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const handler: StreamHandler = {
      onConnect: () => this.#onConnect(),
      onRead: (length, arrivedAt) => this.#read(length, arrivedAt),
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
        throw beginsMessage(bytes, start, end) ? this.#lateRequest() : this.#notOfTheLab(error);
      }
      this.finish(errorOfEnd(refusal));
      return end;
    }
  }

  #lateRequest(): LabError {
    this.#requestTooLate = true;
    const message = `${this.#peer} began its stream before it had our request`;
    const hint = 'the network or this process was slower than the server waits: try again';
    return new LabError('LAB_ERR_CONNECT_TIMEOUT', message, { hint });
  }

  /** What cannot be read before the welcome is more likely another kind of server than damage. */
  #notOfTheLab(error: unknown): LabError {
    const { code, message } = LabError.from(error, 'LAB_ERR_PROTOCOL');
    return new LabError(code, `${this.#peer} does not speak like a server of the lab: ${message}`, {
      cause: error,
      hint: 'is this the port of a lab server, and of this transport?',
    });
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

  /** Our own words must not pass for the server's. */
  #onConnect(): void {
    this.asking();
    if (!this.socket.isOwnEcho) return;
    this.finish(
      new LabError(
        'LAB_ERR_CONNECT',
        `${this.#kind} connection to ${this.#peer} failed: nobody listens there`,
        { hint: 'is the server running there?' },
      ),
    );
  }

  #onError(cause: NodeJS.ErrnoException): void {
    const code = this.#welcome === undefined ? 'LAB_ERR_CONNECT' : 'LAB_ERR_CLOSED';
    const message = `${this.#kind} connection to ${this.#peer} failed: ${reasonOf(cause)}`;
    const hint = hintBeside(cause, 'is the server running there?');
    this.finish(new LabError(code, message, { cause, hint }));
  }

  #onEnd(): void {
    const message = `${this.#peer} closed the connection without saying END`;
    const hint = 'the server may have died or refused the connection';
    this.finish(new LabError('LAB_ERR_CLOSED', message, { hint }));
  }

  #read(length: number, arrivedAt: number): void {
    if (this.#finished) return;
    this.counters.reads += 1;
    this.counters.bytes += length;
    if (this.#welcome === undefined) this.#readAt = this.#clock.now();
    const { buffer, start, end } = this.#reads.filled(length);
    this.#receiver.begin(buffer, 0, arrivedAt);
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

/** When no address of a name answers, Node's error holds one for each and says nothing itself. */
function reasonOf(cause: Error): string {
  if (!(cause instanceof AggregateError)) return cause.message;
  return cause.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
}

/**
 * A message of either codec, and so the stream of a client that sent no request, has its first
 * member's name there.
 */
function beginsMessage(bytes: Buffer, start: number, end: number): boolean {
  return end - start > 5 && bytes.toString('latin1', start + 2, start + 5) === 'seq';
}
