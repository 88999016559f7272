/** The HTTP server of a live page: the page and its events, on 127.0.0.1 only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LabError } from '../../src/errors.js';
import { listenError } from '../../src/transports/end.js';
import { refusal } from './access.js';
import type { CostMeter } from './cost.js';
import type { EventHub } from './event-hub.js';

const HOST = '127.0.0.1';
/** Of browsers: more are not people who look. */
const MOST_LISTENERS = 8;
const MOST_CONNECTIONS = 32;
const HEADER_BYTES = 8 * 1024;
/** What a browser has to take the last event in, before its connection is cut. */
const GRACE_MS = 500;

const SAFETY = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // The page has the rest of its policy in itself; this cannot stand there.
  'Content-Security-Policy': "frame-ancestors 'none'",
} as const;

export class LiveServer {
  readonly #server: Server;
  readonly #hub: EventHub;
  readonly #cost: CostMeter;
  readonly #page: () => string;
  readonly #now: () => number;
  #port = 0;

  private constructor(page: () => string, hub: EventHub, cost: CostMeter, now: () => number) {
    this.#page = page;
    this.#hub = hub;
    this.#cost = cost;
    this.#now = now;
    this.#server = createServer({ maxHeaderSize: HEADER_BYTES, requestTimeout: 5_000 });
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('request', (request, response) =>
      this.#cost.of(() => this.#answer(request, response)),
    );
    // What makes no sense ends its connection, and nothing else.
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /**
   * @param port 0 = any free one
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
   */
  static async open(
    port: number,
    page: () => string,
    hub: EventHub,
    cost: CostMeter,
    now: () => number,
  ): Promise<LiveServer> {
    const live = new LiveServer(page, hub, cost, now);
    const server = live.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(namingFlag(listenError(cause, HOST, port), port)));
      server.listen({ host: HOST, port }, () => resolve());
    });
    live.#port = (server.address() as AddressInfo).port;
    server.removeAllListeners('error').on('error', () => {});
    // Whoever looks on does not keep the lab alive.
    server.unref();
    return live;
  }

  get url(): string {
    return `http://${HOST}:${this.#port}/`;
  }

  /** After the last event: resolves when every connection is closed, half a second later at most. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => this.#server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(cut);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request;
    const path = url?.split('?', 1)[0];
    const refused = refusal(headers, this.#port, path === '/events');
    if (refused !== undefined) {
      say(response, 403, refused);
    } else if (method !== 'GET' && method !== 'HEAD') {
      say(response, 405, 'GET or HEAD', { Allow: 'GET, HEAD' });
    } else if (path === '/') {
      response.writeHead(200, { ...SAFETY, 'Content-Type': 'text/html; charset=utf-8' });
      response.end(method === 'HEAD' ? undefined : this.#page());
    } else if (path !== '/events' || method !== 'GET') {
      say(response, 404, 'try /');
    } else if (this.#hub.size >= MOST_LISTENERS) {
      say(response, 503, `${MOST_LISTENERS} browsers look on already`);
    } else {
      this.#stream(response);
    }
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { ...SAFETY, 'Content-Type': 'text/event-stream' });
    // What is left unread of a browser that has left is nobody's.
    response.on('close', () => this.#hub.remove(response));
    response.on('error', () => this.#hub.remove(response));
    this.#hub.add(response, this.#now());
  }
}

function say(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...SAFETY,
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    Connection: 'close',
  });
  response.end(`${text}\n`);
}

/** The user has given a flag. */
function namingFlag(error: LabError, port: number): LabError {
  const hint =
    error.code === 'LAB_ERR_PORT_IN_USE'
      ? 'stop what uses it, give another: --live=PORT, or none: --live takes a free one'
      : 'give another port: --live=PORT, above 1023, or none: --live takes a free one';
  const message =
    error.code === 'LAB_ERR_PORT_IN_USE'
      ? `port ${port} on ${HOST} is in use (--live)`
      : error.message;
  return new LabError(error.code, message, { cause: error.cause, hint });
}
