import type { Socket } from 'node:net';

/**
 * Connections that have not got to where they want to be, in the order in which they were last heard of: when there are too
 * many, the one that was silent for longest makes room. So those who hold connections open keep nobody out who has something to say.
 *
 * What a connection has sent is asked of the system when it matters; nothing is done for each read.
 */
export class WaitingRoom {
  /** With the bytes that each had sent when it was put at its place. */
  readonly #heard = new Map<Socket, number>();

  get size(): number {
    return this.#heard.size;
  }

  /** Puts a connection last in the order. */
  add(socket: Socket): void {
    this.#heard.delete(socket);
    this.#heard.set(socket, socket.bytesRead);
  }

  /** Returns whether it was there. */
  delete(socket: Socket): boolean {
    return this.#heard.delete(socket);
  }

  /** The one that was silent for longest; undefined when there is none. */
  longestSilent(): Socket | undefined {
    // One that has spoken since goes to the end of the map, and is met there again at the latest.
    for (const [socket, bytes] of this.#heard) {
      if (socket.bytesRead === bytes) return socket;
      this.add(socket);
    }
    return undefined;
  }
}
