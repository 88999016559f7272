/**
 * All subscribers of a system, in one process, by the receivers of the lab: arrivals are stamped by
 * the kernel. A forked process.
 */
import { send, serveChannel } from '../../bench/process/channel.js';
import { LatencyRecorder } from '../../bench/record/latency-recorder.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import type { StreamSocket } from '../../src/transports/client-sockets.js';
import {
  type NativeSockets,
  openNativeSockets,
} from '../../src/transports/native/client/native-sockets.js';
import { ReadBuffer } from '../../src/transports/stream/read-buffer.js';
import type { FromSubscribers, ToSubscribers } from './messages.js';
import { STAMP_BYTES, scanStamps } from './stamp-scan.js';
import { systemNamed } from './systems.js';

const CONCURRENT_CONNECTS = 64;

class Subscribers {
  readonly #clock: Clock;
  readonly #native: NativeSockets;
  readonly #sockets: StreamSocket[] = [];
  readonly #latency = new LatencyRecorder();
  #delivered = 0;
  #begunAt = 0;
  #cut = 0;
  #arrivedAt = 0;
  /** One object for all reads. */
  readonly #found = (time: number): void => {
    this.#delivered += 1;
    this.#latency.record(this.#arrivedAt - time);
  };

  constructor(clock: Clock, native: NativeSockets) {
    this.#clock = clock;
    this.#native = native;
  }

  async connect(port: number, clients: number, request: string): Promise<void> {
    let started = 0;
    const lane = async (): Promise<void> => {
      while (started < clients) {
        started += 1;
        await this.#one(port, Buffer.from(request));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_CONNECTS }, lane));
  }

  #one(port: number, request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const reads = new ReadBuffer(STAMP_BYTES);
      const over = (): void => {
        this.#cut += 1;
        socket.destroy();
      };
      const socket = this.#native.openStream(
        { host: '127.0.0.1', port, area: reads.area, nextAddressMs: 1_000 },
        {
          onConnect: () => {
            socket.write(request);
            resolve();
          },
          onRead: (length, arrivedAt) => {
            this.#arrivedAt = arrivedAt > 0 ? arrivedAt : this.#clock.now();
            const { buffer, start, end } = reads.filled(length);
            reads.keep(scanStamps(buffer, start, end, this.#found), end);
          },
          onEnd: over,
          onError: (error) => {
            over();
            reject(error);
          },
        },
      );
      this.#sockets.push(socket);
    });
  }

  begin(): void {
    this.#latency.take();
    this.#delivered = 0;
    this.#begunAt = this.#clock.now();
  }

  end(): FromSubscribers {
    const seconds = (this.#clock.now() - this.#begunAt) / 1e6;
    const [delivered, cut, latency] = [this.#delivered, this.#cut, this.#latency.take()];
    return { type: 'ended', delivered, seconds, cut, latency };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#native.close();
  }
}

let subscribers: Subscribers | undefined;

serveChannel<ToSubscribers>(async (message) => {
  if (message.type === 'connect') {
    const clock = systemClock(message.anchor);
    subscribers = new Subscribers(clock, await openNativeSockets(clock));
    const { port, clients, system } = message;
    await subscribers.connect(port, clients, systemNamed(system).wire.subscribe);
    send<FromSubscribers>({ type: 'connected' });
  } else if (message.type === 'begin') {
    subscribers?.begin();
    send<FromSubscribers>({ type: 'begun' });
  } else if (message.type === 'end') {
    if (subscribers !== undefined) send<FromSubscribers>(subscribers.end());
  } else {
    subscribers?.close();
    process.disconnect();
  }
});
