import { createServer, type Server, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Broadcast } from '../../core/broadcast.js';
import type { Clock } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import { Connections } from '../connections.js';
import { newServerCounters } from '../counters.js';
import { parseRequest, type SubscribeOptions } from '../request.js';
import type { Endpoint, ListenOptions, ServerCounters, TransportServer } from '../transport.js';
import { TcpSink } from './connection.js';

const DEFAULTS = { heartbeatMs: 1_000, graceMs: 250, maxQueuedBytes: 256 * 1024, drainMs: 2_000 } as const;
/** A request line longer than this is no request. */
const MAX_REQUEST_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** A client that began a request line must finish it within this. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Connections that have not subscribed yet, beyond the clients already served. */
const MAX_WAITING = 1_024;

export async function listenTcp(broadcast: Broadcast, options: ListenOptions): Promise<TransportServer> {
  const server = new TcpServer(broadcast, options);
  await server.listen(options.host, options.port);
  return server;
}

class TcpServer implements TransportServer {
  readonly transport = 'tcp';
  readonly sender = 'socket.write';
  /** The kernel tunes TCP buffers itself and Node cannot read their size. */
  readonly sendBufferBytes = null;
  readonly counters: ServerCounters = newServerCounters();
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #connections: Connections;
  readonly #server: Server;
  #endpoint: Endpoint = { host: '', port: 0 };
  #closing: Promise<void> | undefined;

  constructor(broadcast: Broadcast, options: ListenOptions) {
    const { codecs, clock } = options;
    this.#clock = clock;
    this.#graceMs = options.graceMs ?? DEFAULTS.graceMs;
    this.#connections = new Connections({
      broadcast,
      codecs,
      clock,
      counters: this.counters,
      heartbeatMs: options.heartbeatMs ?? DEFAULTS.heartbeatMs,
      maxQueuedBytes: options.maxQueuedBytes ?? DEFAULTS.maxQueuedBytes,
      drainMs: DEFAULTS.drainMs,
    });
    // Half-open: `echo '{…}' | nc -N host port` closes its writing side and still wants to read.
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  async listen(host: string, port: number): Promise<void> {
    this.#endpoint = await this.#connections.listen(this.#server, host, port);
  }

  close(drainMs: number = DEFAULTS.drainMs): Promise<void> {
    this.#closing ??= this.#connections.close(this.#server, drainMs);
    return this.#closing;
  }

  #accept(socket: Socket): void {
    if (this.#connections.waiting >= MAX_WAITING || this.#closing !== undefined) {
      this.counters.refused += 1;
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    this.#awaitRequest(socket);
  }

  /** One optional request line, ended by a newline or FIN. Silence for the grace period means: the bare default stream. */
  #awaitRequest(socket: Socket): void {
    // A character may be split between two reads.
    const decoder = new StringDecoder('utf8');
    let text = '';
    let bytes = 0;
    let timer = this.#clock.setTimeout(() => {
      // After a stall timers come before reads: a request that has arrived meanwhile counts.
      timer = this.#clock.setImmediate(() => settle(() => undefined));
    }, this.#graceMs);
    const settle = (request: () => SubscribeOptions | undefined): void => {
      timer.cancel();
      socket.off('data', onData).off('end', onEnd);
      // Whatever else the client says is read and thrown away, so that its FIN or reset is still noticed.
      socket.resume();
      if (!socket.destroyed) this.#start(socket, request);
    };
    const onData = (chunk: Buffer): void => {
      if (bytes === 0) {
        timer.cancel();
        timer = this.#clock.setTimeout(
          () => settle(() => refuse('the request line did not end')),
          REQUEST_TIMEOUT_MS,
        );
      }
      const newline = chunk.indexOf(NEWLINE);
      const part = newline < 0 ? chunk : chunk.subarray(0, newline);
      bytes += part.length;
      if (bytes > MAX_REQUEST_BYTES) {
        settle(() => refuse(`the request line is longer than ${MAX_REQUEST_BYTES} bytes`));
        return;
      }
      text += decoder.write(part);
      if (newline >= 0) settle(() => parseRequest(text + decoder.end()));
    };
    const onEnd = (): void => settle(() => (bytes === 0 ? undefined : parseRequest(text + decoder.end())));
    socket.on('data', onData).on('end', onEnd);
    socket.once('close', () => timer.cancel());
  }

  /** `request` gives undefined when there was none. */
  #start(socket: Socket, request: () => SubscribeOptions | undefined): void {
    this.#connections.subscribe(socket, request, {
      sink: (codec, options) => new TcpSink(socket, codec, this.counters, options),
      refuse: (end) => socket.end(end),
    });
  }
}

function refuse(message: string): never {
  throw new LabError('LAB_ERR_BAD_REQUEST', message, {
    hint: 'send one JSON line such as {"codec":"line-json"}, or nothing at all',
  });
}
