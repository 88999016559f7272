import { createConnection, type OnReadOpts, type Socket } from 'node:net';
import type { Codec } from '../../codecs/codec.js';
import { type ControlMessage, type End, isControl, type Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { newClientCounters } from '../counters.js';
import { errorOfEnd } from '../end.js';
import { formatRequest } from '../request.js';
import type { ClientCounters, ConnectOptions, Endpoint, Receiver, Subscription } from '../transport.js';
import { ReadBuffer } from './read-buffer.js';

const DEFAULT_TIMEOUT_MS = 10_000;

export async function connectTcp(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  let client: TcpSubscription;
  try {
    client = new TcpSubscription(endpoint, options);
  } catch (cause) {
    // Node throws at once for a port that is none.
    throw LabError.from(cause, 'LAB_ERR_CONNECT');
  }
  await client.welcomed;
  return client;
}

class TcpSubscription implements Subscription {
  /** The kernel tunes TCP buffers itself and Node cannot read their size. */
  readonly receiveBufferBytes = null;
  readonly counters: ClientCounters = newClientCounters();
  readonly welcomed: Promise<void>;
  readonly closed: Promise<LabError | undefined>;
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #receiver: Receiver;
  readonly #reads: ReadBuffer;
  /** The buffer being scanned, for decoding a control message found in it. */
  #bytes: Buffer;
  #welcome: Welcome | undefined;
  #settleWelcome: (error?: LabError) => void = () => {};
  #settleClosed: (error?: LabError) => void = () => {};
  #finished = false;

  constructor(endpoint: Endpoint, options: ConnectOptions) {
    this.#codec = options.codec;
    this.#receiver = options.receiver;
    this.#reads = new ReadBuffer(options.codec.maxMessageBytes);
    this.#bytes = this.#reads.buffer;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const onread: OnReadOpts = {
      buffer: this.#reads.area,
      callback: (length) => {
        this.#read(length);
        return true;
      },
    };
    this.#socket = createConnection({ host: endpoint.host, port: endpoint.port, noDelay: true, onread });
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timer = options.clock.setTimeout(() => {
      this.#finish(
        new LabError('LAB_ERR_CONNECT_TIMEOUT', `${at(endpoint)} sent no welcome within ${timeoutMs} ms`, {
          hint: 'is this a lab server, and is it reachable?',
        }),
      );
    }, timeoutMs);
    this.welcomed = new Promise((resolve, reject) => {
      this.#settleWelcome = (error) => {
        timer.cancel();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    this.#socket.write(`${formatRequest(options)}\n`);
    this.#socket.on('error', (cause: NodeJS.ErrnoException) => {
      const code = this.#welcome === undefined ? 'LAB_ERR_CONNECT' : 'LAB_ERR_CLOSED';
      this.#finish(
        new LabError(code, `TCP connection to ${at(endpoint)} failed: ${cause.message}`, {
          cause,
          hint: 'is the server running there?',
        }),
      );
    });
    this.#socket.on('end', () => {
      this.#finish(
        new LabError('LAB_ERR_CLOSED', `${at(endpoint)} closed the connection without saying END`, {
          hint: 'the server may have died or refused the connection',
        }),
      );
    });
  }

  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new LabError('LAB_ERR_INTERNAL', 'no welcome yet');
    return this.#welcome;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  async close(): Promise<void> {
    this.#finish(undefined);
    await this.closed;
  }

  message(seq: number, start: number, end: number): void {
    if (this.#welcome === undefined) throw new LabError('LAB_ERR_PROTOCOL', 'data before the welcome');
    this.#receiver.message(seq, start, end);
  }

  control(start: number, end: number): void {
    const item = this.#codec.decode(this.#bytes, start, end)?.item;
    if (item !== undefined && isControl(item)) this.#control(item);
  }

  #read(length: number): void {
    if (this.#finished) return;
    this.counters.reads += 1;
    this.counters.bytes += length;
    const { buffer, start, end } = this.#reads.filled(length);
    this.#receiver.begin(buffer, 0);
    try {
      this.#reads.keep(this.#codec.scan(buffer, start, end, this), end);
    } catch (error) {
      const refusal = this.#welcome === undefined ? refusalIn(buffer, start, end) : undefined;
      if (refusal === undefined) this.counters.malformed += 1;
      this.#finish(refusal ?? LabError.from(error, 'LAB_ERR_PROTOCOL'));
    }
    this.#receiver.end();
  }

  #control(control: ControlMessage): void {
    if (control.control === 'welcome') {
      if (this.#welcome !== undefined) throw new LabError('LAB_ERR_PROTOCOL', 'a second welcome');
      this.#welcome = control;
      this.#receiver.control(control);
      this.#settleWelcome();
    } else if (control.control === 'end') {
      this.#receiver.control(control);
      this.#finish(errorOfEnd(control));
    } else {
      this.#receiver.control(control);
    }
  }

  /** Ends once: a client that leaves resets the connection, so that the server knows at once and no TIME_WAIT remains. */
  #finish(error: LabError | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#settleWelcome(
      error ?? new LabError('LAB_ERR_CLOSED', 'the subscription was closed before the server welcomed it'),
    );
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
    this.#settleClosed(error);
  }
}

/** A server that does not speak the codec asked for says so in a JSON line. Undefined when the bytes are no such line. */
function refusalIn(bytes: Buffer, start: number, end: number): LabError | undefined {
  const newline = bytes.subarray(start, end).indexOf('\n');
  if (newline < 0) return undefined;
  try {
    const item: unknown = JSON.parse(bytes.toString('utf8', start, start + newline));
    return isEnd(item) ? errorOfEnd(item) : undefined;
  } catch {
    return undefined;
  }
}

function isEnd(item: unknown): item is End {
  if (typeof item !== 'object' || item === null) return false;
  const { control, reason, message } = item as Readonly<Record<string, unknown>>;
  if (control !== 'end' || typeof reason !== 'string') return false;
  return message === undefined || typeof message === 'string';
}

function at(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}
