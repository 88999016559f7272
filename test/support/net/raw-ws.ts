import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '../../../src/transports/endpoint.js';
import { until } from '../conformance/transport-support.js';

type Item = Readonly<Record<string, unknown>>;

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A WebSocket client on a bare socket: answers nothing by itself, and can do everything wrong. */
export class RawWs {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  /** The server has closed its side or reset the connection. */
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        this.ended = true;
      });
    }
  }

  /** Connects and sends `text`, if any, as it is. */
  static async open({ host, port }: Endpoint, text = ''): Promise<RawWs> {
    const socket = createConnection({ host, port, noDelay: true, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const client = new RawWs(socket);
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return client;
  }

  /** Connects and upgrades; `headers` are lines to add. */
  static async upgrade(
    endpoint: Endpoint,
    target = '/',
    headers: readonly string[] = [],
  ): Promise<RawWs> {
    const client = await RawWs.open(endpoint, upgradeText(target, headers));
    await until(() => client.head !== undefined, 'the answer to the upgrade');
    return client;
  }

  send(opcode: number, payload: Buffer | string): void {
    const bytes = Buffer.from(payload);
    if (bytes.length > 125) throw new Error('too long for a raw client');
    // A mask of zeros is legal, and readable.
    this.socket.write(
      Buffer.concat([Buffer.of(0x80 | opcode, 0x80 | bytes.length, 0, 0, 0, 0), bytes]),
    );
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  /** Status line and headers of the answer; undefined before it is whole. */
  get head(): string | undefined {
    const end = this.text.indexOf('\r\n\r\n');
    return end < 0 ? undefined : this.text.slice(0, end);
  }

  /** The whole frames received so far. */
  get frames(): Frame[] {
    const frames: Frame[] = [];
    const bytes = Buffer.concat(this.#chunks);
    let at = (this.head?.length ?? bytes.length) + 4;
    while (at + 2 <= bytes.length) {
      const short = (bytes[at + 1] as number) & 0x7f;
      const header = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (at + header > bytes.length) break;
      const length =
        short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short === 126
            ? bytes.readUInt16BE(at + 2)
            : short;
      const end = at + header + length;
      if (end > bytes.length) break;
      frames.push({
        opcode: (bytes[at] as number) & 0x0f,
        payload: bytes.subarray(at + header, end),
      });
      at = end;
    }
    return frames;
  }

  /** What the text frames hold: JSON lines. */
  get items(): Item[] {
    return this.frames
      .filter(({ opcode }) => opcode === 1)
      .flatMap(({ payload }) => payload.toString().trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Item);
  }

  get controls(): Item[] {
    return this.items.filter((item) => 'control' in item);
  }

  get seqs(): number[] {
    return this.items.filter((item) => !('control' in item)).map(({ seq }) => Number(seq));
  }

  /** The code of the close frame; undefined before it has come. */
  get closeCode(): number | undefined {
    return this.frames.find(({ opcode }) => opcode === 8)?.payload.readUInt16BE(0);
  }
}

export function upgradeText(target: string, headers: readonly string[] = []): string {
  return [
    `GET ${target} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...headers,
    '\r\n',
  ].join('\r\n');
}
