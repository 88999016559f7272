/** What the port says to those who speak HTTP and no WebSocket. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const WHAT_THIS_IS =
  'This is a live feed of StreamPulse Lab: connect with a WebSocket client, e.g. ws://host:port/?codec=line-json\n';

/** A browser's address bar, a health check, a scanner: told in one line what this is. */
export function answerPlainRequest(response: ServerResponse): void {
  const headers = {
    Upgrade: 'websocket',
    Connection: 'Upgrade, close',
    'Content-Type': 'text/plain',
  };
  response.writeHead(426, headers).end(WHAT_THIS_IS);
}

/**
 * Ends a connection that did not become a WebSocket. `status`: e.g. `403 Forbidden`; `why`: a few
 * words.
 */
export function refuseUpgrade(socket: Duplex, status: string, why: string): void {
  socket.once('finish', () => socket.destroy());
  const body = `${why}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
