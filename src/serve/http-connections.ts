import type { ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

/**
 * Keeps at most `most` connections of an HTTP server by closing the one that has been idle for longest when one more comes, or has not
 * finished its request: whoever holds connections open keeps no probe out. Where all are being answered, the oldest goes.
 */
export function limitConnections(server: Server, most: number): void {
  /** Both in order of their last change, as sets are. */
  const idle = new Set<Socket>();
  const answering = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    if (idle.size + answering.size >= most) {
      const [victim] = idle.size > 0 ? idle : answering;
      // Its 'close' comes later than the next connection may.
      forget(victim);
      victim?.destroy();
    }
    idle.add(socket);
    socket.once('close', () => forget(socket));
  });
  server.on('request', ({ socket }, response: ServerResponse) => {
    if (!idle.delete(socket)) return;
    answering.add(socket);
    response.once('close', () => {
      if (answering.delete(socket) && !socket.destroyed) idle.add(socket);
    });
  });

  function forget(socket: Socket | undefined): void {
    if (socket === undefined) return;
    idle.delete(socket);
    answering.delete(socket);
  }
}
