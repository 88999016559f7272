import { createServer, type Server, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { Broadcast } from '../../core/broadcast.js';
import { LabError } from '../../errors.js';
import { parseRequest, type SubscribeOptions } from '../request.js';
import type { StreamListenOptions } from '../stream/options.js';
import { STREAM_DEFAULTS, StreamServer } from '../stream/server.js';
import type { TransportServer } from '../transport.js';
import { TcpSink } from './connection.js';

/** Of a request line. */
const { maxRequestBytes } = STREAM_DEFAULTS;
const NEWLINE = 0x0a;

export async function listenTcp(
  broadcast: Broadcast,
  options: StreamListenOptions,
): Promise<TransportServer> {
  return new TcpServer(broadcast, options).listen(options);
}

class TcpServer extends StreamServer {
  readonly transport = 'tcp';
  protected readonly server: Server;
  /** A client that began a request line must finish it within this. */
  readonly #requestTimeoutMs: number;

  constructor(broadcast: Broadcast, options: StreamListenOptions) {
    super(broadcast, options);
    this.#requestTimeoutMs = options.handshakeTimeoutMs ?? STREAM_DEFAULTS.handshakeTimeoutMs;
    // Half-open: `echo '{…}' | nc -N host port` closes its writing side and still wants to read.
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      if (this.connections.admit(socket)) this.#awaitRequest(socket);
    });
  }

  /**
   * One optional request line, ended by a newline or FIN. Silence for the grace period means: the
   * bare default stream.
   */
  #awaitRequest(socket: Socket): void {
    // A character may be split between two reads.
    const decoder = new StringDecoder('utf8');
    let text = '';
    let bytes = 0;
    const { deadlines } = this.connections;
    let timer = deadlines.set(this.graceMs, () => settle(() => undefined));
    const settle = (request: () => SubscribeOptions | undefined): void => {
      timer.cancel();
      socket.off('data', onData).off('end', onEnd);
      // Whatever else the client says is read and thrown away, so that its FIN or reset is still
      // noticed.
      socket.resume();
      if (!socket.destroyed) this.#start(socket, request);
    };
    const onData = (chunk: Buffer): void => {
      if (bytes === 0) {
        timer.cancel();
        timer = deadlines.set(this.#requestTimeoutMs, () =>
          settle(() => refuse('the request line did not end')),
        );
      }
      const newline = chunk.indexOf(NEWLINE);
      const part = newline < 0 ? chunk : chunk.subarray(0, newline);
      bytes += part.length;
      if (bytes > maxRequestBytes) {
        settle(() => refuse(`the request line is longer than ${maxRequestBytes} bytes`));
        return;
      }
      text += decoder.write(part);
      if (newline >= 0) settle(() => parseRequest(text + decoder.end()));
    };
    const onEnd = (): void =>
      settle(() => (bytes === 0 ? undefined : parseRequest(text + decoder.end())));
    socket.on('data', onData).on('end', onEnd);
    socket.once('close', () => timer.cancel());
  }

  /** `request` gives undefined when there was none. */
  #start(socket: Socket, request: () => SubscribeOptions | undefined): void {
    this.connections.subscribe(socket, request, {
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
