import type { Server as HttpServer, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { RequestQueue } from './request-queue.js';
import { SerialConnection, type SerialLimits } from './serial-connection.js';

/**
 * A listening socket whose connections are an HTTP server's. It emits 'request' as that does, with
 * the `socket` that it emitted as 'connection', and 'head' and 'turn' with that when a request
 * has come and is in line, and when it is handed on.
 */
interface SerialServer extends Server {
  /** Has this done when it is the turn of what else is to be done. */
  enqueue(step: () => void): void;
  /** Ends all connections. */
  drop(): void;
}

/**
 * Listens for an HTTP server, and hands it one request of a connection at a time: the next one,
 * sent ahead or not, is parsed when the answer before it has been written. Requests of all
 * connections stand in one line, and have their share of the time. Node by itself would parse and
 * answer whatever one read or 32 have brought, and stop everything meanwhile.
 */
export function listenSerially(http: HttpServer, limits: SerialLimits): SerialServer {
  const queue = new RequestQueue();
  const connections = new Set<SerialConnection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new SerialConnection(socket, queue, limits);
    connections.add(connection);
    for (const step of ['head', 'turn']) connection.on(step, () => server.emit(step, socket));
    connection.once('close', () => connections.delete(connection));
    http.emit('connection', connection);
  });
  http.prependListener('request', (request, response: ServerResponse) => {
    const connection = request.socket as Duplex as SerialConnection;
    connection.answer(response);
    server.emit('request', connection, response);
  });
  return Object.assign(server, {
    enqueue: (step: () => void) => queue.enqueue(step),
    drop: () => {
      for (const one of connections) one.destroy();
    },
  });
}
