import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from '../transports/end.js';
import type { Endpoint } from '../transports/transport.js';
import { limitConnections } from './http-connections.js';
import { Metrics } from './metrics.js';
import type { ServerStats } from './options.js';

export interface HttpServer {
  /** `http://127.0.0.1:7402` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * For a scraper and a few probes, whose request is one packet. Longer headers and slower requests are refused by Node; so many
 * connections are no more than strangers make, and a few kilobytes each.
 */
const LIMITS = {
  connections: 1_024,
  headerBytes: 8 * 1024,
  requestMs: 1_000,
  keepAliveMs: 5_000,
  /** Nothing sent and nothing taken for so long: an answer that is not read holds its connection no longer. */
  silenceMs: 10_000,
} as const;

const TEXT = 'text/plain; charset=utf-8';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Health for orchestrators and figures for Prometheus: `/healthz` (the process answers), `/readyz` (it should be sent
 * clients; 503 and the reason when not), `/metrics`. GET and HEAD only; request bodies are never read.
 * @param maxConnections at one time; one more costs the one that has been idle for longest its own
 * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN
 */
export async function listenHttp(
  { host, port }: Endpoint,
  stats: () => ServerStats,
  maxConnections: number = LIMITS.connections,
): Promise<HttpServer> {
  const metrics = new Metrics(stats);
  const server = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      requestTimeout: LIMITS.requestMs,
      headersTimeout: LIMITS.requestMs,
      keepAliveTimeout: LIMITS.keepAliveMs,
      connectionsCheckingInterval: LIMITS.requestMs / 2,
    },
    (request, response) => void respond(request, response, metrics, stats),
  );
  server.timeout = LIMITS.silenceMs;
  limitConnections(server, maxConnections);
  try {
    await bind(server, host, port);
  } catch (error) {
    metrics.close();
    throw error;
  }
  const { address, family, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    close: () => {
      metrics.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function bind(server: Server, host: string, port: number): Promise<void> {
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

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  stats: () => ServerStats,
): Promise<void> {
  // What is left of a body would be taken for the next request: end the connection instead of reading it.
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  if (length !== undefined || chunked !== undefined) response.shouldKeepAlive = false;
  response.setHeader('Cache-Control', 'no-store');
  try {
    const { status, type, body } = await answer(request, metrics, stats);
    if (status === 405) response.setHeader('Allow', 'GET, HEAD');
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  } catch {
    // The client is gone, or the figures could not be read: no details for strangers.
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

async function answer(
  { method, url = '' }: IncomingMessage,
  metrics: Metrics,
  stats: () => ServerStats,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: TEXT, body: 'GET or HEAD\n' };
  const [path] = url.split('?');
  if (path === '/healthz') return { status: 200, type: TEXT, body: 'ok\n' };
  if (path === '/readyz') {
    const { notReady } = stats();
    if (notReady === undefined) return { status: 200, type: TEXT, body: 'ready\n' };
    return { status: 503, type: TEXT, body: `not ready: ${notReady}\n` };
  }
  if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.text() };
  return { status: 404, type: TEXT, body: 'try /healthz, /readyz or /metrics\n' };
}
