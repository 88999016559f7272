import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { type Clock, systemClock } from '../../core/clock.js';
import { listenError } from '../../transports/end.js';
import type { Endpoint } from '../../transports/endpoint.js';
import { authorityOf } from '../../transports/endpoint.js';
import { localAddress } from '../../transports/host.js';
import { PeerDeadlines } from '../../transports/server/peer-deadlines.js';
import { Metrics } from '../metrics/metrics.js';
import type { HttpCounters, ServerStats } from '../stats.js';
import { limitConnections } from './connections.js';
import { listenSerially } from './serial.js';

export interface HttpServer {
  /** `http://127.0.0.1:7402` */
  readonly url: string;
  readonly counters: Readonly<HttpCounters>;
  close(): Promise<void>;
}

/**
 * For a scraper and a few probes, whose request is one packet. Longer headers and slower requests
 * are refused by Node; so many connections are no more than strangers make, and a few kilobytes
 * each.
 */
const LIMITS = {
  connections: 1_024,
  headerBytes: 8 * 1024,
  requestMs: 1_000,
  aheadBytes: 4 * 1024 * 1024,
  keepAliveMs: 5_000,
  /** An answer that is not read holds its connection no longer. */
  stallMs: 10_000,
} as const;

const TEXT = 'text/plain; charset=utf-8';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What is told about: a server, or what a test says of one. */
interface Told {
  stats(): ServerStats;
  /** Why it is not ready; undefined when it is. Cheap: every probe asks. */
  readonly notReady: string | undefined;
  /** To be awaited before the stats of a scrape. */
  readKernel?(): Promise<void>;
}

/**
 * Health for orchestrators and figures for Prometheus: `/healthz` (the process answers), `/readyz`
 * (it should be sent clients; 503 and the reason when not), `/metrics` (rendered once a second at
 * most, for all who ask). GET and HEAD only; request bodies are never read. Whatever is asked, in
 * whatever number, takes a small share of each turn of the event loop.
 * @param maxConnections at one time; one more costs the one that has waited for longest its own
 * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
 */
export async function listenHttp(
  { host, port }: Endpoint,
  told: Told,
  maxConnections: number = LIMITS.connections,
  clock: Clock = systemClock(),
): Promise<HttpServer> {
  const metrics = new Metrics(
    () => told.stats(),
    () => told.readKernel?.(),
  );
  const http = createServer({
    maxHeaderSize: LIMITS.headerBytes,
    // Ours are below.
    requestTimeout: 0,
    headersTimeout: 0,
    keepAliveTimeout: 0,
  });
  const server = listenSerially(http, LIMITS);
  const limits = { ...LIMITS, connections: maxConnections };
  const counters = limitConnections(server, limits, new PeerDeadlines(clock));
  http.on('request', (request, response) => {
    const send = (): void => respond(request, response, told, metrics);
    if (pathOf(request) !== '/metrics' || metrics.fresh) send();
    // All who wait for the same figures would else be answered at once.
    else void metrics.refresh().then(() => server.enqueue(send));
  });
  try {
    await bind(server, host, port);
  } catch (error) {
    metrics.close();
    throw error;
  }
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${authorityOf({ host: address, port: bound })}`,
    counters,
    close: () => {
      metrics.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.drop();
      });
    },
  };
}

async function bind(server: Server, name: string, port: number): Promise<void> {
  const host = await localAddress(name).catch((cause) => {
    throw listenError(cause, name, port);
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port));
    server.once('error', failed);
    try {
      server.listen({ host, port }, () => {
        server.off('error', failed);
        // A failed accept costs that prober its connection, not the server its life.
        server.on('error', () => {});
        resolve();
      });
    } catch (cause) {
      // Node throws at once for a port that is none.
      failed(cause as NodeJS.ErrnoException);
    }
  });
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  told: Told,
  metrics: Metrics,
): void {
  if (response.destroyed) return;
  // What is left of a body would be taken for the next request: end the connection instead of
  // reading it.
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  if (length !== undefined || chunked !== undefined) response.shouldKeepAlive = false;
  response.setHeader('Cache-Control', 'no-store');
  if (response.shouldKeepAlive)
    response.setHeader('Keep-Alive', `timeout=${LIMITS.keepAliveMs / 1_000}`);
  const { status, type, body } = answer(request, told, metrics);
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function answer(request: IncomingMessage, told: Told, metrics: Metrics): Answer {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, type: TEXT, body: 'GET or HEAD\n' };
  switch (pathOf(request)) {
    case '/healthz':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz': {
      const { notReady } = told;
      if (notReady === undefined) return { status: 200, type: TEXT, body: 'ready\n' };
      return { status: 503, type: TEXT, body: `not ready: ${notReady}\n` };
    }
    case '/metrics': {
      const body = metrics.newest;
      // The figures could not be read: no details for strangers.
      if (body === undefined) return { status: 500, type: TEXT, body: '' };
      return { status: 200, type: metrics.contentType, body };
    }
    default:
      return { status: 404, type: TEXT, body: 'try /healthz, /readyz or /metrics\n' };
  }
}
