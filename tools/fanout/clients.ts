/** Subscribers that count what arrives and note how long ago it was published. A forked process. */

import { DEFAULT_CONFIG } from '../../bench/config.js';
import { send, serveChannel } from '../../bench/process/channel.js';
import { receiverHere } from '../../bench/run/receiver-here.js';
import { SharedScan } from '../../bench/worker-subscriber/shared-scan.js';
import type { Codec } from '../../src/codecs/codec.js';
import { loadCodec } from '../../src/codecs/registry.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import { openNativeSockets } from '../../src/transports/native/client/native-sockets.js';
import { NODE_SOCKETS } from '../../src/transports/node/node-sockets.js';
import { loadTransport } from '../../src/transports/registry.js';
import type { Receiver, Subscription } from '../../src/transports/transport.js';
import { countOnly } from './count-only.js';
import type { FromClients, ToClients } from './messages.js';

/** Connections being set up at one time, as the subscribers of a run do. */
const CONCURRENT_CONNECTS = 64;
/** One read in so many is looked at: enough for a median, and no load. */
const LOOKED_AT = 16;
const MOST_SAMPLES = 1_000_000;

class Client implements Receiver {
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #samples: number[];
  #bytes: Buffer = Buffer.alloc(0);
  #reads = 0;
  #wanted = false;
  #arrivedAt = 0;

  constructor(codec: Codec, clock: Clock, samples: number[]) {
    this.#codec = codec;
    this.#clock = clock;
    this.#samples = samples;
  }

  begin(bytes: Buffer, _sendTime: number, arrivedAt: number): void {
    this.#bytes = bytes;
    this.#arrivedAt = arrivedAt;
    this.#reads += 1;
    this.#wanted = this.#reads % LOOKED_AT === 0 && this.#samples.length < MOST_SAMPLES;
  }

  message(_seq: number, start: number, end: number): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    const arrivedAt = this.#arrivedAt > 0 ? this.#arrivedAt : this.#clock.now();
    this.#samples.push(arrivedAt - this.#codec.timeAt(this.#bytes, start, end));
  }

  end(): void {}
  control(): void {}
}

const NOBODY: Receiver = { begin: () => {}, message: () => {}, control: () => {}, end: () => {} };

const subscriptions: Subscription[] = [];
const samples: number[] = [];

async function join({
  transport: name,
  countOnly: counting,
  endpoint,
  clients,
  anchor,
}: ToClients & { type: 'connect' }): Promise<void> {
  const transport = await loadTransport(name);
  const codec = await loadCodec('line-json');
  const shared = new SharedScan(codec);
  const clock = systemClock(anchor);
  const sockets = await socketsHere(clock);
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < clients) {
      started += 1;
      const receiver = counting ? NOBODY : new Client(codec, clock, samples);
      const own = counting ? countOnly(codec, name) : shared;
      subscriptions.push(
        await transport.connect(endpoint, { codec: own, receiver, clock, sockets }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CONNECTS, clients) }, lane));
}

async function socketsHere(clock: Clock): Promise<ClientSockets> {
  const name = await receiverHere(DEFAULT_CONFIG);
  return name === 'native' ? openNativeSockets(clock) : NODE_SOCKETS;
}

function counted(): FromClients {
  const reads = subscriptions.reduce((sum, { counters }) => sum + counters.reads, 0);
  const sorted = Float64Array.from(samples).sort();
  samples.length = 0;
  return {
    type: 'counted',
    reads,
    p50Micros: sorted[sorted.length >> 1] ?? null,
    p99Micros: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? null,
    atMs: performance.now(),
  };
}

serveChannel<ToClients>(async (message) => {
  if (message.type === 'connect') {
    await join(message);
    send<FromClients>({ type: 'ready' });
  } else if (message.type === 'count') {
    send<FromClients>(counted());
  } else {
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    process.disconnect();
  }
});
