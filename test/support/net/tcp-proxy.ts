import { createConnection, createServer, type Server, type Socket } from 'node:net';

/**
 * Between TCP clients and a server, on the loopback: it can cut, and lead to another server from
 * then on.
 */
export class TcpProxy {
  /** False: whoever connects is turned away at once. */
  open = true;
  target: number;
  /** Cuts once, when servers have sent so much since this was set. */
  cutAfterBytes = Number.POSITIVE_INFINITY;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => {
      if (!this.open) {
        client.resetAndDestroy();
        return;
      }
      const server = createConnection(this.target, '127.0.0.1');
      server.on('data', ({ length }) => {
        this.cutAfterBytes -= length;
        if (this.cutAfterBytes > 0) return;
        this.cutAfterBytes = Number.POSITIVE_INFINITY;
        this.cut();
      });
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => one.destroy());
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async to(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Cuts every connection, as a network or a crash does: without END. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.open = false;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }
}
