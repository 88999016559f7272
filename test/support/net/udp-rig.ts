import { createSocket, type Socket } from 'node:dgram';
import { afterEach } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import type { BroadcastOptions } from '../../../src/core/broadcast-options.js';
import { systemClock } from '../../../src/core/clock.js';
import type { ControlMessage } from '../../../src/core/message.js';
import type { TransportListenOptions } from '../../../src/transports/registry.js';
import type {
  ConnectOptions,
  Receiver,
  Subscription,
  TransportServer,
} from '../../../src/transports/transport.js';
import { udp } from '../../../src/transports/udp/index.js';
import { UdpRelay } from './udp-relay.js';

export const clock = systemClock();
export const codec = await loadCodec('line-json');
export const msgpack = await loadCodec('msgpack');

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs `action` after the test, the latest first. */
export function afterwards(action: () => unknown): void {
  cleanups.push(action);
}

/** Keeps what it is given. */
export class Recorder implements Receiver {
  readonly seqs: number[] = [];
  readonly controls: ControlMessage[] = [];
  readonly texts: string[] = [];
  sendTime = 0;
  #bytes: Buffer = Buffer.alloc(0);

  begin(bytes: Buffer, sendTime: number): void {
    this.#bytes = bytes;
    this.sendTime = sendTime;
  }

  message(seq: number, start: number, end: number): void {
    this.seqs.push(seq);
    this.texts.push(this.#bytes.toString('latin1', start, end));
  }

  end(): void {}

  control(control: ControlMessage): void {
    this.controls.push(control);
  }

  ofKind(kind: ControlMessage['control']): ControlMessage[] {
    return this.controls.filter(({ control }) => control === kind);
  }
}

export interface Rig {
  readonly broadcast: Broadcast;
  readonly server: TransportServer;
  connect(options?: Partial<ConnectOptions>, port?: number): Promise<Client>;
  relay(): Promise<UdpRelay>;
  /**
   * Publishes `count` messages, each in a datagram of its own for every client that is `confirmed`.
   */
  publish(count: number): Promise<void>;
}

export interface Client {
  readonly subscription: Subscription;
  readonly recorder: Recorder;
}

/** A server on a free loopback port; all of it is closed after the test. */
export async function startServer(
  options: Partial<TransportListenOptions> & { broadcast?: Partial<BroadcastOptions> } = {},
): Promise<Rig> {
  const { broadcast: core, ...listen } = options;
  const broadcast = new Broadcast({ clock, encoder: codec, flush: 0, ...core });
  const server = await udp.listen(broadcast, {
    host: '127.0.0.1',
    port: 0,
    codecs: [codec, msgpack],
    clock,
    ...listen,
  });
  afterwards(() => server.close(0));
  return {
    broadcast,
    server,
    connect: async (connect = {}, port = server.endpoint.port) => {
      const recorder = new Recorder();
      const endpoint = { host: server.endpoint.host, port };
      const subscription = await udp.connect(endpoint, {
        codec,
        clock,
        receiver: recorder,
        ...connect,
      });
      afterwards(() => subscription.close());
      return { subscription, recorder };
    },
    relay: async () => {
      const relay = await UdpRelay.to(server.endpoint.port);
      afterwards(() => relay.close());
      return relay;
    },
    publish: async (count) => {
      for (let i = 0; i < count; i++) {
        broadcast.publish(`key${i % 10}`, { i });
        broadcast.flush();
        // Lets the receivers, in this same process, empty their sockets.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
  };
}

/**
 * Waits until `condition` holds; fails the test, saying what it waited for, when it does not come
 * true.
 */
export async function until(
  what: string,
  condition: () => boolean,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until the server has the client's first REPORT: the heartbeat after it shows that. */
export async function confirmed({ recorder }: Client): Promise<void> {
  await until('the first heartbeat comes', () => recorder.ofKind('heartbeat').length > 0);
}

/** The whole numbers from 1 to `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

/** A bare socket that says what it likes to a server and keeps what comes back. */
export class Stranger {
  readonly heard: Buffer[] = [];
  sentBytes = 0;
  readonly #socket: Socket;
  readonly #serverPort: number;

  private constructor(serverPort: number) {
    this.#serverPort = serverPort;
    this.#socket = createSocket('udp4', (bytes) => this.heard.push(bytes));
  }

  static async to(serverPort: number): Promise<Stranger> {
    const stranger = new Stranger(serverPort);
    await new Promise<void>((resolve) => stranger.#socket.bind(0, '127.0.0.1', resolve));
    afterwards(() => stranger.#socket.close());
    return stranger;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get heardBytes(): number {
    return this.heard.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  async say(bytes: Uint8Array): Promise<void> {
    this.sentBytes += bytes.length;
    await new Promise<void>((resolve) =>
      this.#socket.send(bytes, this.#serverPort, '127.0.0.1', () => resolve()),
    );
  }

  /** Says something and waits for the answer. */
  async ask(bytes: Uint8Array): Promise<Buffer> {
    const before = this.heard.length;
    await this.say(bytes);
    await until('the server answers a stranger', () => this.heard.length > before);
    return this.heard[before] as Buffer;
  }
}
