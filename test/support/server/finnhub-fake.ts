import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export const KEY = 'sk-fake-c0ffee-not-a-real-key';

/** What the next calls for a symbol get instead of its quote. */
export interface Trick {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `hang`: no answer at all. `cut`: half an answer, then the socket is gone. */
  readonly fate?: 'hang' | 'cut';
}

/** The body of a quote, as https://finnhub.io/docs/api/quote shows it. */
export interface FakeQuote {
  readonly c: number;
  readonly d: number | null;
  readonly dp: number | null;
  readonly h: number;
  readonly l: number;
  readonly o: number;
  readonly pc: number;
  readonly t: number;
}

const ZEROS: FakeQuote = { c: 0, d: null, dp: null, h: 0, l: 0, o: 0, pc: 0, t: 0 };

/** A quote with this price and time (s since 1970). */
export function quoteOf(c: number, t: number): FakeQuote {
  return { c, d: 1.5, dp: 0.75, h: c + 2, l: c - 2, o: c - 1, pc: c - 1.5, t };
}

/**
 * A server on loopback that speaks as Finnhub documents: quotes by HTTP, trades by WebSocket, on
 * one port.
 */
export class FakeFinnhub {
  readonly quotes = new Map<string, FakeQuote>();
  /** Every request for a quote: its URL and headers. */
  readonly calls: {
    readonly symbol: string;
    readonly url: string;
    readonly token: string | undefined;
  }[] = [];
  /** What came over streams, parsed. */
  readonly told: { readonly type: string; readonly symbol: string }[] = [];
  /** Handshakes of streams, whatever came of them. */
  handshakes = 0;
  /** HTTP status for handshakes, or no answer to them; undefined lets them in. */
  refuseStreams: number | 'never' | undefined;
  acceptedKey = KEY;
  /** Answers that are not yet out, those that never will be apart. */
  answering = 0;
  readonly #tricks = new Map<string, Trick[]>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #streams = new WebSocketServer({ noServer: true });
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<FakeFinnhub> {
    const fake = new FakeFinnhub();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  private constructor() {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.handshakes += 1;
      if (this.refuseStreams === 'never') return;
      const token = new URL(request.url ?? '/', this.url).searchParams.get('token');
      const refusal = this.refuseStreams ?? (token === this.acceptedKey ? undefined : 401);
      if (refusal !== undefined) {
        socket.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.#streams.handleUpgrade(request, socket, head, (stream) => {
        stream.on('error', () => {});
        stream.on('message', (data) => this.told.push(JSON.parse(String(data))));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open, of calls and streams. */
  get open(): number {
    return this.#sockets.size;
  }

  get streams(): WebSocket[] {
    return [...this.#streams.clients].filter(({ readyState, OPEN }) => readyState === OPEN);
  }

  /** The next calls for this symbol meet these, one each. */
  trick(symbol: string, ...tricks: Trick[]): void {
    this.#tricks.set(symbol, [...(this.#tricks.get(symbol) ?? []), ...tricks]);
  }

  /** Sends a message over every stream: a string as it is, else as JSON. */
  send(message: unknown): void {
    for (const stream of this.streams) {
      stream.send(
        typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      );
    }
  }

  /** `t`: ms since 1970. */
  trade(s: string, p: number, t: number, v = 100): void {
    this.send({ type: 'trade', data: [{ p, s, t, v }] });
  }

  /** Ends every stream as a lost network does. */
  cut(): void {
    for (const stream of this.streams) stream.terminate();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const { pathname, searchParams } = new URL(url, this.url);
    const symbol = searchParams.get('symbol') ?? '';
    const token = request.headers['x-finnhub-token'];
    this.calls.push({ symbol, url, token: typeof token === 'string' ? token : undefined });
    const trick = this.#tricks.get(symbol)?.shift();
    if (trick?.fate === 'hang') return;
    this.answering += 1;
    response.once('close', () => {
      this.answering -= 1;
    });
    if (trick?.fate === 'cut') {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"c":', () => response.destroy());
      return;
    }
    const allowed = token === this.acceptedKey;
    const known = pathname === '/api/v1/quote';
    const status = trick?.status ?? (allowed ? (known ? 200 : 404) : 401);
    const normal =
      status === 200 ? (this.quotes.get(symbol) ?? ZEROS) : { error: 'Invalid API key' };
    response.writeHead(status, { 'Content-Type': 'application/json', ...trick?.headers });
    response.end(trick?.body ?? JSON.stringify(normal));
  }
}
