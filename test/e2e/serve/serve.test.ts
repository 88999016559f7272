/**
 * What `createServer` serves, refuses and leaves behind: one feed over every transport, built in or
 * of the user.
 */
import { createConnection } from 'node:net';
import { UnpackrStream } from 'msgpackr';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createServer,
  subscribe as follow,
  type LabServer,
  newServerCounters,
  type ServerOptions,
  type SourceItem,
  type Transport,
} from '../../../src/index.js';
import { range, rejection, until } from '../../support/conformance/transport-support.js';
import { RawClient } from '../../support/net/raw-client.js';
import { ANY, endpoint, serve, subscribe, tap } from '../../support/server/serve-rig.js';

/** A transport that keeps what it is given in memory. */
function memoryTransport(
  name: string,
  onClose: () => void = () => {},
): Transport & { readonly bytes: Buffer[] } {
  const bytes: Buffer[] = [];
  return {
    name,
    reliable: true,
    bytes,
    connect: () => Promise.reject(new Error('not needed')),
    listen: async (broadcast, { host, port, codecs }) => {
      const counters = { ...newServerCounters(), accepted: 1 };
      broadcast.subscribe(
        { encoder: codecs[0]! },
        {
          flush: (subscriber) => {
            for (
              let slice = subscriber.read(1e6);
              slice !== undefined;
              slice = subscriber.read(1e6)
            ) {
              bytes.push(slice.bytes);
              subscriber.advance(slice);
            }
          },
          lagged: () => {},
          end: (reason) => bytes.push(Buffer.from(reason)),
        },
      );
      return {
        transport: name,
        sender: 'none',
        endpoint: { host, port: port === 0 ? 1 : port },
        counters,
        sendBufferBytes: null,
        close: async () => onClose(),
      };
    },
  };
}

describe('createServer', () => {
  it('serves one feed over several transports at once, in the codec each client asks for', async () => {
    const server = await serve({ transports: ['tcp', 'udp'], codec: 'msgpack' });
    expect(server.urls).toEqual([
      expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^udp:\/\/127\.0\.0\.1:\d+$/),
    ]);
    expect([server.codec, server.source, server.httpUrl]).toEqual([
      'msgpack',
      undefined,
      undefined,
    ]);
    const clients = [
      await subscribe(server, 'tcp', 'msgpack'),
      await subscribe(server, 'tcp', 'line-json'),
      await subscribe(server, 'udp', 'line-json'),
    ];
    for (let i = 1; i <= 5; i++) expect(server.publish('k', { i })).toBe(i);
    await until(() => clients.every(({ seqs }) => seqs.length === 5), 'the messages');
    for (const { seqs, messages } of clients) {
      expect(seqs).toEqual(range(1, 5));
      expect(messages).toEqual(clients[0]!.messages);
    }
    expect(server.stats()).toMatchObject({
      clients: 3,
      published: 5,
      backlog: 0,
      source: undefined,
    });
    expect(server.stats().transports).toMatchObject([
      { name: 'tcp', url: server.urls[0], clients: 2, accepted: 2, sentMessages: 10 },
      { name: 'udp', url: server.urls[1], clients: 1, accepted: 1, sentMessages: 5 },
    ]);
    await server.close();
    expect(await server.closed).toBeUndefined();
    for (const { controls } of clients)
      expect(controls.at(-1)).toEqual({ control: 'end', reason: 'closed' });
    expect(() => server.publish('k', 1)).toThrow(
      expect.objectContaining({ code: 'LAB_ERR_CLOSED' }),
    );
  });

  it('names a group by a URL that leads to it on this machine, whatever interface its routes choose', async () => {
    const server = await serve({
      transports: ['udp-multicast'],
      transportOptions: { group: '239.255.70.73' },
    });
    expect(server.urls).toEqual([
      expect.stringMatching(/^udp-multicast:\/\/239\.255\.70\.73:\d+\?interface=127\.0\.0\.1$/),
    ]);
    const feed = follow(server.urls[0]!, {
      timeoutMs: 5_000,
      onEvent: () => server.publish('k', 'v'),
    });
    onTestFinished(() => feed.close());
    for await (const { value } of feed) {
      expect(value).toBe('v');
      break;
    }
  });

  it('gives a client that says nothing messages of the default codec, which a stock reader reads', async () => {
    const server = await serve({ codec: 'msgpack' });
    server.publish('a', { price: 1.5 });
    const items: unknown[] = [];
    const socket = createConnection(endpoint(server.urls[0]));
    onTestFinished(() => void socket.destroy());
    socket.pipe(new UnpackrStream({ mapsAsObjects: true })).on('data', (item) => items.push(item));
    await until(() => items.length === 1, 'the snapshot');
    server.publish('b', [true, null]);
    await until(() => items.length === 2, 'the feed');
    expect(items).toEqual([
      { seq: 1, time: expect.anything(), key: 'a', value: { price: 1.5 } },
      { seq: 2, time: expect.anything(), key: 'b', value: [true, null] },
    ]);
  });

  it('takes a transport and a source of the user', async () => {
    const own = memoryTransport('memory');
    const { source, give } = tap();
    const server = await serve({ transports: [own, 'tcp'], ports: { ...ANY, memory: 7 }, source });
    expect(server.urls[0]).toBe('memory://127.0.0.1:7');
    expect(server.source).toBe('custom');
    give({ key: 'a', value: { n: 1 } });
    await until(() => own.bytes.length > 0, 'the message');
    expect(JSON.parse(own.bytes[0]!.toString())).toMatchObject({
      seq: 1,
      key: 'a',
      value: { n: 1 },
    });
    await server.close();
    expect(own.bytes.at(-1)!.toString()).toBe('closed');
  });

  it('is closed by its scope, and by its signal', async () => {
    let own: LabServer;
    {
      await using scoped = await createServer({ ports: ANY });
      own = scoped;
    }
    expect(await own.closed).toBeUndefined();
    const { signal, abort } = ((c) => ({ signal: c.signal, abort: () => c.abort() }))(
      new AbortController(),
    );
    const server = await serve({ signal });
    const client = await subscribe(server, 'tcp');
    abort();
    expect(await server.closed).toBeUndefined();
    await until(() => client.controls.at(-1)?.control === 'end', 'END');
    await expect(createServer({ ports: ANY, signal })).rejects.toBe(signal.reason);
  });

  it('refuses one client too many in its own stream, whatever the transport, and serves the others on', async () => {
    const server = await serve({ transports: ['tcp', 'udp'], maxClients: 2 });
    const clients = [await subscribe(server, 'tcp'), await subscribe(server, 'udp')];
    const third = await RawClient.connect(endpoint(server.urls[0]));
    third.socket.write('{}\n');
    await until(() => third.ended, 'the refusal');
    expect(third.lines).toEqual([
      {
        control: 'end',
        reason: 'LAB_ERR_MAX_CLIENTS',
        message: expect.stringContaining('2 clients'),
      },
    ]);
    expect(await rejection(subscribe(server, 'udp'))).toBe('LAB_ERR_MAX_CLIENTS');
    server.publish('k', 1);
    await until(() => clients.every(({ seqs }) => seqs.length === 1), 'the message');
    expect(server.stats().transports.map(({ refused }) => refused)).toEqual([1, 1]);
  });

  it('that cannot bind all of its ports keeps none, and says which and how to change it', async () => {
    const other = await serve({ transports: ['udp'], httpPort: 0 });
    const taken = endpoint(other.urls[0]).port;
    const free = await serve();
    const { port } = endpoint(free.urls[0]);
    await free.close();
    let released = 0;
    const close = async (): Promise<void> => {
      released += 1;
    };
    const source = Object.assign(tap().source, { close });
    const ports = { tcp: port, udp: taken };
    await expect(createServer({ transports: ['tcp', 'udp'], ports, source })).rejects.toMatchObject(
      {
        code: 'LAB_ERR_PORT_IN_USE',
        message: `port ${taken} on 127.0.0.1 is in use (\`ports.udp\`)`,
      },
    );
    expect(released).toBe(1);
    const httpPort = endpoint(other.httpUrl).port;
    await expect(createServer({ ports: { tcp: port }, httpPort })).rejects.toMatchObject({
      code: 'LAB_ERR_PORT_IN_USE',
      hint: expect.stringContaining('`httpPort`'),
    });
    // Free again, both times.
    await serve({ ports: { tcp: port } });
  });

  it.each<[string, ServerOptions, string]>([
    ['no transport', { transports: [] }, 'LAB_ERR_BAD_VALUE'],
    ['one transport twice', { transports: ['tcp', 'tcp'] }, 'LAB_ERR_BAD_VALUE'],
    ['an unknown transport', { transports: ['quic'] }, 'LAB_ERR_UNKNOWN_TRANSPORT'],
    ['an unknown codec', { codec: 'xml' }, 'LAB_ERR_UNKNOWN_CODEC'],
    ['an unknown policy', { policy: 'x' }, 'LAB_ERR_UNKNOWN_POLICY'],
    ['an unknown source', { source: 'nope' }, 'LAB_ERR_UNKNOWN_SOURCE'],
    ['a recording that is not there', { source: 'replay:/nope.csv' }, 'LAB_ERR_SOURCE_UNREADABLE'],
    ['a port that is none', { ports: { tcp: 70_000 } }, 'LAB_ERR_LISTEN'],
    ['a host that is not ours', { host: '192.0.2.1' }, 'LAB_ERR_LISTEN'],
    ['no clients', { maxClients: 0 }, 'LAB_ERR_BAD_VALUE'],
    ['a rate of 0', { source: 'synthetic', rate: 0 }, 'LAB_ERR_BAD_VALUE'],
    ['rate and speed', { source: 'synthetic', rate: 1, speed: 1 }, 'LAB_ERR_NO_EFFECT'],
    ['a speed without times', { source: 'synthetic', speed: 2 }, 'LAB_ERR_BAD_VALUE'],
    ['a rate of nothing', { rate: 5 }, 'LAB_ERR_NO_EFFECT'],
    ['a source object in a loop', { source: tap().source, onEnd: 'loop' }, 'LAB_ERR_BAD_VALUE'],
    ['a source that is none', { source: [] as never }, 'LAB_ERR_BAD_VALUE'],
    ['a flush of 2 s', { flush: 2_000 }, 'LAB_ERR_BAD_VALUE'],
  ])('refuses %s', async (_, options, code) => {
    expect(await rejection(createServer({ ports: ANY, ...options }))).toBe(code);
  });

  it('closes though a source and a transport of the user never do', async () => {
    const stuck: SourceItem[] = [];
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => stuck) }),
      close: () => new Promise<void>(() => {}),
    };
    const own = memoryTransport('memory', () => {
      throw new Error('no');
    });
    const server = await serve({ transports: ['tcp', own], source });
    await server.close({ drainMs: 0 });
    expect(await server.closed).toBeUndefined();
  });
});
