import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Broadcast } from '../../core/broadcast.js';
import type { Timer } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import { parseRequest, type SubscribeOptions } from '../request.js';
import { STREAM_DEFAULTS, StreamServer } from '../stream/server.js';
import type { TransportServer } from '../transport.js';
import { closeCodeOf } from './close-code.js';
import { frame, OPCODE } from './frame.js';
import { FrameCache } from './frame-cache.js';
import { answerPlainRequest, refuseUpgrade } from './http-answers.js';
import type { WsListenOptions } from './options.js';
import { requestPlace } from './query.js';
import { opcodeFor, WsSink } from './sink.js';

const { maxRequestBytes, handshakeTimeoutMs } = STREAM_DEFAULTS;
const DEFAULTS = {
  maxRequestBytes,
  handshakeTimeoutMs,
  pingMs: 5_000,
  pongTimeoutMs: 30_000,
} as const;
/** Request line and headers of an upgrade; the URL with the request is in it. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Reads, and frames, that one message of a client may come in. */
const MAX_PIECES = 1_024;

export async function listenWs(
  broadcast: Broadcast,
  options: WsListenOptions,
): Promise<TransportServer> {
  return new WsServer(broadcast, options).listen(options);
}

class WsServer extends StreamServer {
  readonly transport = 'ws';
  protected readonly server: Server;
  readonly #settings: { readonly [Name in keyof typeof DEFAULTS]: number };
  /** A ping every so many heartbeats. */
  readonly #beatsPerPing: number;
  readonly #origins: ReadonlySet<string> | undefined;
  readonly #upgrader: WebSocketServer;
  readonly #frames = new Map<number, FrameCache>();
  /** Those that still speak HTTP, each with the timer that bounds it. */
  readonly #handshakes = new Map<Socket, Timer>();
  #serial = 0;

  constructor(broadcast: Broadcast, options: WsListenOptions) {
    const settings = { ...DEFAULTS, ...givenNumbers(options) };
    super(broadcast, options, settings.pongTimeoutMs);
    this.#settings = settings;
    this.#beatsPerPing = Math.max(1, Math.round(settings.pingMs / this.heartbeatMs));
    this.#origins = options.origins === undefined ? undefined : new Set(options.origins);
    this.#upgrader = upgrader(this.#settings.maxRequestBytes);
    // Node's own limits of a handshake are looked at twice a minute; ours is a timer for each
    // connection.
    const http = {
      noDelay: true,
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: 0,
      headersTimeout: 0,
    };
    this.server = createServer(http)
      .on('connection', (socket) => this.#accept(socket))
      .on('upgrade', (request, _socket, head) => this.#upgrade(request, head))
      .on('request', (_request, response) => {
        this.counters.refused += 1;
        answerPlainRequest(response);
      })
      .on('clientError', (error: NodeJS.ErrnoException, socket) => {
        if (error.code?.startsWith('HPE_') !== true || !socket.writable) {
          socket.destroy();
          return;
        }
        this.counters.refused += 1;
        this.counters.malformed += 1;
        refuseUpgrade(socket, '400 Bad Request', 'this is not HTTP');
      });
  }

  #accept(socket: Socket): void {
    if (!this.connections.admit(socket)) return;
    const timer = this.connections.deadlines.set(this.#settings.handshakeTimeoutMs, () => {
      // One that has been answered is counted already.
      if (!socket.writableEnded) this.counters.refused += 1;
      socket.destroy();
    });
    this.#handshakes.set(socket, timer);
    socket.once('close', () => this.#endHandshake(socket));
  }

  #endHandshake(socket: Socket): void {
    this.#handshakes.get(socket)?.cancel();
    this.#handshakes.delete(socket);
  }

  #upgrade(request: IncomingMessage, head: Buffer): void {
    const { socket } = request;
    const { origin } = request.headers;
    if (origin !== undefined && this.#origins?.has(origin) === false) {
      this.counters.refused += 1;
      refuseUpgrade(socket, '403 Forbidden', 'this origin may not connect');
      return;
    }
    let upgraded = false;
    this.#upgrader.handleUpgrade(request, socket, head, (ws) => {
      upgraded = true;
      this.#endHandshake(socket);
      this.#awaitRequest(socket, ws, request.url ?? '');
    });
    if (upgraded) return;
    this.counters.refused += 1;
    this.counters.malformed += 1;
  }

  #awaitRequest(socket: Socket, ws: WebSocket, target: string): void {
    let timer: Timer | undefined;
    const settle = (request: () => SubscribeOptions | undefined): void => {
      timer?.cancel();
      ws.off('message', onMessage);
      if (ws.readyState === ws.OPEN) this.#start(socket, ws, request);
    };
    const onMessage = (data: RawData): void => settle(() => parseRequest(data.toString()));
    // Not a WebSocket any more, or a message above the limits: the package has sent the close frame
    // that says so.
    ws.on('error', () => {
      timer?.cancel();
      // What one says that has been refused or ended is its own affair.
      if (this.connections.isTold(socket)) return;
      this.counters.malformed += 1;
      if (this.connections.stop(socket)) return;
      this.counters.refused += 1;
      this.connections.linger(socket);
    });
    const place = requestPlace(target);
    if (typeof place === 'object') {
      settle(place.options);
      return;
    }
    ws.on('message', onMessage);
    const { deadlines } = this.connections;
    timer =
      place === 'message'
        ? deadlines.set(this.#settings.handshakeTimeoutMs, () => settle(noRequest))
        : deadlines.set(this.graceMs, () => settle(() => undefined));
    socket.once('close', () => timer?.cancel());
  }

  #start(socket: Socket, ws: WebSocket, request: () => SubscribeOptions | undefined): void {
    this.connections.subscribe(socket, request, {
      sink: (codec, options, liveness) => {
        const frames = this.#framesOf(opcodeFor(codec));
        this.#serial += 1;
        const connection = { socket, ws, serial: this.#serial };
        const alive = (): void => liveness.heard();
        ws.on('message', alive).on('pong', alive).on('ping', alive);
        return new WsSink(connection, codec, frames, this.#beatsPerPing, this.counters, options);
      },
      refuse: (end, codec, reason) => {
        socket.write(frame(codec === undefined ? OPCODE.text : opcodeFor(codec), end));
        ws.close(closeCodeOf(reason), reason);
      },
    });
  }

  #framesOf(opcode: number): FrameCache {
    let frames = this.#frames.get(opcode);
    if (frames === undefined) {
      frames = new FrameCache(opcode);
      this.#frames.set(opcode, frames);
    }
    return frames;
  }
}

function upgrader(maxPayload: number): WebSocketServer {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
    maxFragments: MAX_PIECES,
    maxBufferedChunks: MAX_PIECES,
    // Of the closing handshake. Whom we have told END we wait for ourselves, and not so long.
    closeTimeout: STREAM_DEFAULTS.drainMs + 500,
  };
  return new WebSocketServer(options);
}

/** The numbers among the options that have a default here. */
function givenNumbers(options: WsListenOptions): Partial<Record<keyof typeof DEFAULTS, number>> {
  const given: Partial<Record<keyof typeof DEFAULTS, number>> = {};
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}

function noRequest(): never {
  throw new LabError('LAB_ERR_BAD_REQUEST', 'the URL says that a request follows, and none came', {
    hint: 'send one JSON text message such as {"codec":"line-json"}, or leave request=message away',
  });
}
