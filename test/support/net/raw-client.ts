import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '../../../src/transports/endpoint.js';

type Line = Readonly<Record<string, unknown>>;

/** A client that knows nothing of the lab: a bare socket, and JSON.parse on every line. */
export class RawClient {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** The server has closed its side. */
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.ended = true;
    });
    // A reset is one way for the server to hang up.
    socket.on('error', () => {
      this.ended = true;
    });
  }

  static async connect({ host, port }: Endpoint): Promise<RawClient> {
    const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** The whole lines received so far, parsed; throws when one is not JSON. */
  get lines(): Line[] {
    return Buffer.concat(this.#chunks)
      .toString('utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  /** Bytes received so far. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get controls(): Line[] {
    return this.lines.filter((line) => 'control' in line);
  }

  get seqs(): number[] {
    return this.lines.filter((line) => !('control' in line)).map(({ seq }) => Number(seq));
  }
}
