import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { UnpackrStream } from 'msgpackr';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createServer,
  type LabServer,
  loadCodec,
  loadTransport,
  type ServerOptions,
  type SourceItem,
  systemClock,
  type Transport,
} from '../../src/index.js';
import { Recorder, range, rejection, until } from '../conformance/transport-support.js';
import { RawClient } from './raw-client.js';

const ANY = { tcp: 0, udp: 0, ws: 0 };

async function serve(options: ServerOptions = {}): Promise<LabServer> {
  const server = await createServer({ ports: ANY, ...options });
  onTestFinished(() => server.close({ drainMs: 0 }));
  return server;
}

function endpoint(url = ''): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

async function subscribe(server: LabServer, name: string, codecName = 'msgpack'): Promise<Recorder> {
  const url = server.urls.find((one) => one.startsWith(`${name}:`));
  const codec = await loadCodec(codecName);
  const receiver = new Recorder(codec);
  const transport = await loadTransport(name);
  const subscription = await transport.connect(endpoint(url), { codec, receiver, clock: systemClock() });
  onTestFinished(() => subscription.close());
  return receiver;
}

async function get(url = '', path = ''): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, body: await response.text() };
}

/** Gives what it is told to, when it is told. */
function tap(): {
  source: AsyncGenerator<SourceItem>;
  give(item: SourceItem): void;
  fail(error: Error): void;
  end(): void;
} {
  const queue: (() => IteratorResult<SourceItem>)[] = [];
  let wake: () => void = () => {};
  const push = (step: () => IteratorResult<SourceItem>): void => {
    queue.push(step);
    wake();
  };
  async function* items(): AsyncGenerator<SourceItem> {
    for (;;) {
      const step = queue.shift();
      if (step === undefined) {
        await new Promise<void>((done) => {
          wake = done;
        });
        continue;
      }
      const { done, value } = step();
      if (done === true) return;
      yield value;
    }
  }
  return {
    source: items(),
    give: (value) => push(() => ({ done: false, value })),
    fail: (error) =>
      push(() => {
        throw error;
      }),
    end: () => push(() => ({ done: true, value: undefined })),
  };
}

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
      const counters = {
        accepted: 1,
        refused: 0,
        ended: 0,
        sends: 0,
        sendBytes: 0,
        sentMessages: 0,
        sendErrorMessages: 0,
        droppedMessages: 0,
        malformed: 0,
      };
      broadcast.subscribe(
        { encoder: codecs[0]! },
        {
          flush: (subscriber) => {
            for (let slice = subscriber.read(1e6); slice !== undefined; slice = subscriber.read(1e6)) {
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
    expect([server.codec, server.source, server.httpUrl]).toEqual(['msgpack', undefined, undefined]);
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
    expect(server.stats()).toMatchObject({ clients: 3, published: 5, backlog: 0, source: undefined });
    expect(server.stats().transports).toMatchObject([
      { name: 'tcp', url: server.urls[0], clients: 2, accepted: 2, sentMessages: 10 },
      { name: 'udp', url: server.urls[1], clients: 1, accepted: 1, sentMessages: 5 },
    ]);
    await server.close();
    expect(await server.closed).toBeUndefined();
    for (const { controls } of clients) expect(controls.at(-1)).toEqual({ control: 'end', reason: 'closed' });
    expect(() => server.publish('k', 1)).toThrow(expect.objectContaining({ code: 'LAB_ERR_CLOSED' }));
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
    expect(JSON.parse(own.bytes[0]!.toString())).toMatchObject({ seq: 1, key: 'a', value: { n: 1 } });
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
    const { signal, abort } = ((c) => ({ signal: c.signal, abort: () => c.abort() }))(new AbortController());
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
      { control: 'end', reason: 'LAB_ERR_MAX_CLIENTS', message: expect.stringContaining('2 clients') },
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
    await expect(createServer({ transports: ['tcp', 'udp'], ports, source })).rejects.toMatchObject({
      code: 'LAB_ERR_PORT_IN_USE',
      message: `port ${taken} on 127.0.0.1 is in use (--port)`,
    });
    expect(released).toBe(1);
    const httpPort = endpoint(other.httpUrl).port;
    await expect(createServer({ ports: { tcp: port }, httpPort })).rejects.toMatchObject({
      code: 'LAB_ERR_PORT_IN_USE',
      hint: expect.stringContaining('--http-port'),
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
    ['rate and speed', { source: 'synthetic', rate: 1, speed: 1 }, 'LAB_ERR_BAD_VALUE'],
    ['a speed without times', { source: 'synthetic', speed: 2 }, 'LAB_ERR_BAD_VALUE'],
    ['a rate of nothing', { rate: 5 }, 'LAB_ERR_BAD_VALUE'],
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

describe('when the source ends', () => {
  it('hold keeps the snapshot for those who come later, and is no longer ready', async () => {
    const { source, give, end } = tap();
    const server = await serve({ source, httpPort: 0 });
    give({ key: 'a', value: 1 });
    end();
    await until(() => server.notReady !== undefined, 'the end of the source');
    const late = await subscribe(server, 'tcp');
    await until(() => late.seqs.length === 1, 'the snapshot');
    expect(await get(server.httpUrl, '/readyz')).toEqual({ status: 503, body: 'not ready: source ended\n' });
    expect((await get(server.httpUrl, '/healthz')).status).toBe(200);
    expect(server.stats().source).toMatchObject({ state: 'ended', items: 1, rejected: 0 });
  });

  it('exit tells every client the end, and closes', async () => {
    const { source, give, end } = tap();
    const server = await serve({ source, onEnd: 'exit' });
    const client = await subscribe(server, 'tcp');
    give({ key: 'a', value: 1 });
    end();
    expect(await server.closed).toBeUndefined();
    await until(() => client.controls.at(-1)?.control === 'end', 'END');
    expect(client.seqs).toEqual([1]);
  });

  it('loop begins again', async () => {
    const options = { source: 'replay:examples/data/stocks-2009.ndjson', rate: 1e6, onEnd: 'loop' } as const;
    const server = await serve(options);
    await until(() => server.stats().published > 180, 'the third time');
    expect(server.notReady).toBeUndefined();
  });

  it('with an error, exit closes with that error and hold stays up', async () => {
    for (const onEnd of ['exit', 'hold'] as const) {
      const { source, give, fail } = tap();
      const server = await serve({ source, onEnd });
      give({ key: 'a', value: 1 });
      fail(new Error('upstream said no'));
      if (onEnd === 'exit') {
        const error = await server.closed;
        expect([error?.code, error?.message]).toEqual(['LAB_ERR_SOURCE_FAILED', 'upstream said no']);
        continue;
      }
      await until(() => server.notReady !== undefined, 'the failure');
      expect(server.notReady).toBe('source failed: LAB_ERR_SOURCE_FAILED');
      expect(server.stats().source).toMatchObject({ state: 'failed', errors: 1 });
      server.publish('b', 2);
    }
  });

  it('a message that no datagram carries is counted and left out, and the feed goes on', async () => {
    const { source, give } = tap();
    const server = await serve({ transports: ['udp', 'tcp'], source });
    const client = await subscribe(server, 'tcp');
    give({ key: 'a', value: 'x'.repeat(5_000) });
    give({ key: 'a', value: Number.NaN });
    give({ key: 'a', value: 'fits' });
    await until(() => client.seqs.length === 1, 'the message that fits');
    expect(client.messages[0]?.value).toBe('fits');
    expect(server.stats().source).toMatchObject({ items: 3, rejected: 2, state: 'feeding' });
  });
});

describe('health and metrics', () => {
  it('a silent source is stale after the time given', async () => {
    const { source, give } = tap();
    const server = await serve({ source, staleMs: 30, httpPort: 0 });
    await until(() => server.notReady !== undefined, 'staleness');
    expect(await get(server.httpUrl, '/readyz')).toEqual({
      status: 503,
      body: expect.stringMatching(/^not ready: source silent for \d+ s\n$/),
    });
    const ready: unknown[] = [];
    give({ key: 'a', value: 1 });
    await until(() => {
      ready.push(server.notReady);
      return ready.includes(undefined);
    }, 'the item to end it');
  });

  it('are answered to GET and HEAD, at three places, and stay within bounds', async () => {
    const server = await serve({ httpPort: 0 });
    const url = server.httpUrl;
    expect(await get(url, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await get(url, '/readyz?verbose=1')).toEqual({ status: 200, body: 'ready\n' });
    expect((await get(url, '/')).status).toBe(404);
    expect((await get(url, '/metrics/x')).status).toBe(404);
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x'.repeat(100_000) }).catch(
      () => null,
    );
    expect([405, undefined]).toContain(post?.status);
    const long = await fetch(`${url}/healthz`, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(long.status).toBe(431);
  });

  it('of two servers in one process are their own', async () => {
    const [a, b] = [await serve({ httpPort: 0 }), await serve({ httpPort: 0 })];
    a.publish('k', 1);
    expect((await get(a.httpUrl, '/metrics')).body).toContain('\nlab_published_messages_total 1\n');
    expect((await get(b.httpUrl, '/metrics')).body).toContain('\nlab_published_messages_total 0\n');
  });

  it('are gone when the server is', async () => {
    const server = await serve({ httpPort: 0 });
    const socket: Socket = createConnection(endpoint(server.httpUrl));
    await once(socket, 'connect');
    const url = server.httpUrl;
    await server.close();
    await until(
      () => socket.closed || socket.readableEnded || socket.destroyed,
      'the idle connection to be closed',
    );
    socket.destroy();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
