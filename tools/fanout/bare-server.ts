/**
 * The least that a program in Node can do for the same subscribers: encode a message once, and
 * write it to one TCP socket after the other on the same schedule. It speaks just enough of the
 * protocol for the lab's own client. A forked process.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { send, serveChannel } from '../../bench/process/channel.js';
import type { Codec } from '../../src/codecs/codec.js';
import { loadCodec } from '../../src/codecs/registry.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import type { FeedSettings, FromServer, ToServer } from './messages.js';
import { startPace } from './pace.js';

const WELCOME = {
  control: 'welcome',
  protocol: 1,
  codec: 'line-json',
  epoch: '0000000000000001',
  next: 1,
  oldest: 1,
  snapshot: 0,
  heartbeat_ms: 1_000,
} as const;

class BareServer {
  readonly #spec: FeedSettings;
  readonly #clock: Clock;
  readonly #codec: Codec;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #scratch = Buffer.allocUnsafeSlow(64 * 1024);
  readonly #value: string;
  #pace: { stop(): void } | undefined;
  #seq = 0;
  #sends = 0;
  #bytes = 0;

  private constructor(spec: FeedSettings, codec: Codec) {
    this.#spec = spec;
    this.#clock = systemClock(spec.anchor);
    this.#codec = codec;
    this.#value = 'x'.repeat(spec.sizeBytes);
    const welcome = Buffer.alloc(1_024);
    const hello = welcome.subarray(0, codec.encodeControl(WELCOME, welcome, 0));
    this.#server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      // Its request is what they all ask for.
      socket.once('data', () => {
        socket.write(hello);
        this.#sockets.push(socket);
      });
    });
  }

  static async open(spec: FeedSettings): Promise<BareServer> {
    const bare = new BareServer(spec, await loadCodec('line-json'));
    bare.#server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
    await once(bare.#server, 'listening');
    return bare;
  }

  listening(): FromServer {
    const { address, port } = this.#server.address() as AddressInfo;
    return { type: 'listening', endpoint: { host: address, port } };
  }

  count(): FromServer {
    const heapBytes = process.memoryUsage().heapUsed;
    return {
      type: 'counted',
      sends: this.#sends,
      bytes: this.#bytes,
      heapBytes,
      atMs: performance.now(),
    };
  }

  go(): void {
    const { anchor, ratePerSecond } = this.#spec;
    this.#pace = startPace(anchor, this.#clock, ratePerSecond ?? 1, () => this.#publish());
  }

  #publish(): void {
    this.#seq += 1;
    const message = {
      seq: this.#seq,
      time: Math.floor(this.#clock.now()),
      key: 'k',
      value: this.#value,
    };
    const bytes = Buffer.from(
      this.#scratch.subarray(0, this.#codec.encode(message, this.#scratch, 0)),
    );
    for (const socket of this.#sockets) socket.write(bytes);
    this.#sends += this.#sockets.length;
    this.#bytes += this.#sockets.length * bytes.length;
  }

  close(): void {
    this.#pace?.stop();
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

let bare: BareServer | undefined;

serveChannel<ToServer<FeedSettings>>(async (message) => {
  if (message.type === 'listen') {
    bare = await BareServer.open(message.spec);
    send<FromServer>(bare.listening());
  } else if (message.type === 'close') {
    bare?.close();
    process.disconnect();
  } else if (message.type === 'go') {
    bare?.go();
  } else if (bare !== undefined) {
    send<FromServer>(bare.count());
  }
});
