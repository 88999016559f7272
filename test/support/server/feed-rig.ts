import { onTestFinished } from 'vitest';
import { subscribe } from '../../../src/client/feed.js';
import type { FeedEvent, GapEvent } from '../../../src/client/feed-event.js';
import type { Feed } from '../../../src/client/feed-stats.js';
import type { FeedOptions } from '../../../src/client/options.js';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { Broadcast } from '../../../src/core/broadcast.js';
import type { BroadcastOptions } from '../../../src/core/broadcast-options.js';
import { systemClock } from '../../../src/core/clock.js';
import type { Message } from '../../../src/core/message.js';
import type { TransportListenOptions } from '../../../src/transports/registry.js';
import { loadTransport } from '../../../src/transports/registry.js';
import type { TransportServer } from '../../../src/transports/transport.js';
import { until } from '../conformance/transport-support.js';
import { TcpProxy } from '../net/tcp-proxy.js';

export const clock = systemClock();

export interface TestServer {
  readonly broadcast: Broadcast;
  readonly server: TransportServer;
  readonly port: number;
  /** Publishes `count` messages of the keys `key0` … `key9` in turn, each flushed on its own. */
  publish(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A broadcast behind a server on a free loopback port; closed after the test. */
export async function startServer(
  transportName = 'tcp',
  options: {
    readonly broadcast?: Partial<BroadcastOptions>;
    readonly listen?: Partial<TransportListenOptions>;
  } = {},
): Promise<TestServer> {
  const codecs = await Promise.all(codecNames().map((name) => loadCodec(name)));
  const broadcast = new Broadcast({ clock, encoder: codecs[0]!, flush: 0, ...options.broadcast });
  const transport = await loadTransport(transportName);
  const host = '127.0.0.1';
  const server = await transport.listen(broadcast, {
    host,
    port: 0,
    codecs,
    clock,
    ...options.listen,
  });
  const close = async (): Promise<void> => {
    broadcast.close();
    await server.close(0);
  };
  onTestFinished(close);
  return {
    broadcast,
    server,
    port: server.endpoint.port,
    publish: async (count) => {
      for (let i = 0; i < count; i++) {
        broadcast.publish(`key${broadcast.next % 10}`, { price: broadcast.next });
        broadcast.flush();
        // Lets receivers in this process empty their sockets.
        if (transportName !== 'tcp') await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
    close,
  };
}

/** A feed, all that it handed over and all its notices. */
export class Listener {
  readonly feed: Feed;
  readonly messages: Message[] = [];
  readonly notices: FeedEvent[] = [];
  /** What the loop threw; undefined when it ended well. */
  readonly done: Promise<unknown>;

  constructor(url: string, options: FeedOptions = {}) {
    this.feed = subscribe(url, {
      clock,
      // The first attempt after a cut comes at once.
      random: () => 0,
      ...options,
      onEvent: (notice) => {
        this.notices.push(notice);
        options.onEvent?.(notice);
      },
    });
    this.done = this.#loop();
    onTestFinished(() => this.feed.close());
  }

  async #loop(): Promise<unknown> {
    try {
      for await (const message of this.feed) this.messages.push(message);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  get seqs(): number[] {
    return this.messages.map(({ seq }) => seq);
  }

  get gaps(): GapEvent[] {
    return this.notices.filter((notice) => notice.type === 'gap');
  }

  get missed(): number {
    return this.gaps.reduce((sum, { missed }) => sum + missed, 0);
  }

  count(type: FeedEvent['type']): number {
    return this.notices.filter((notice) => notice.type === type).length;
  }
}

/** The URL of a TCP server on this port of loopback. */
export const url = (port: number, query = ''): string => `tcp://127.0.0.1:${port}${query}`;

/** A proxy in front of the server, which a test can cut; closed after the test. */
export async function proxyTo({ port }: TestServer): Promise<TcpProxy> {
  const proxy = await TcpProxy.to(port);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Waits until the feed has had the message `seq`. */
export const has = (listener: Listener, seq: number): Promise<void> =>
  until(
    () => listener.messages.at(-1)?.seq === seq,
    () =>
      `message ${seq}; last is ${listener.messages.at(-1)?.seq}, notices ${JSON.stringify(listener.notices)}`,
  );

/** Waits until the feed has been welcomed so many times. */
export const connected = (listener: Listener, times = 1): Promise<void> =>
  until(() => listener.count('connected') >= times, 'a welcome');
