/**
 * A server tells how its source does, and when it ends, fails or falls silent: to its clients, by
 * readiness and by metrics.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogFields } from '../../../src/serve/log.js';
import { until } from '../../support/conformance/transport-support.js';
import { FakeFinnhub, KEY, quoteOf } from '../../support/server/finnhub-fake.js';
import { endpoint, get, serve, subscribe, tap } from '../../support/server/serve-rig.js';
import { withFile } from '../../support/source/sources.js';

describe('when the source ends', () => {
  it('hold keeps the snapshot for those who come later, and is no longer ready', async () => {
    const { source, give, end } = tap();
    const server = await serve({ source, httpPort: 0 });
    give({ key: 'a', value: 1 });
    end();
    await until(() => server.notReady !== undefined, 'the end of the source');
    const late = await subscribe(server, 'tcp');
    await until(() => late.seqs.length === 1, 'the snapshot');
    expect(await get(server.httpUrl, '/readyz')).toEqual({
      status: 503,
      body: 'not ready: source ended\n',
    });
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
    const options = {
      source: 'replay:examples/data/stocks-2009.ndjson',
      rate: 1e6,
      onEnd: 'loop',
    } as const;
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
        expect([error?.code, error?.message]).toEqual([
          'LAB_ERR_SOURCE_FAILED',
          'upstream said no',
        ]);
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

describe('a service upstream', () => {
  it('that limits the rate and refuses the stream has both logged, and the key nowhere', async () => {
    const fake = await FakeFinnhub.start();
    onTestFinished(() => fake.stop());
    fake.quotes.set('A', quoteOf(1, 1));
    fake.trick('A', { status: 429, headers: { 'Retry-After': '60' } });
    fake.refuseStreams = 403;
    const lines: { level: string; fields: LogFields; text: string }[] = [];
    const level =
      (name: string) =>
      (fields: LogFields, text: string): number =>
        lines.push({ level: name, fields, text });
    await withFile('key', KEY, async (finnhubKeyFile) => {
      const server = await serve({
        source: 'finnhub:A',
        sourceOptions: { finnhubUrl: fake.url, finnhubKeyFile },
        log: {
          debug: level('debug'),
          info: level('info'),
          warn: level('warn'),
          error: level('error'),
        },
      });
      const errors = (): Readonly<Record<string, number>> =>
        server.stats().source?.upstream?.upstreamErrors ?? {};
      await until(
        () => ['rate_limited', 'stream_refused'].every((kind) => errors()[kind] !== 0),
        'both errors',
      );
      await server.close();
    });
    const warned = lines.filter((line) => line.level === 'warn');
    expect(warned.map(({ fields }) => fields.kind).sort()).toEqual([
      'rate_limited',
      'stream_refused',
    ]);
    expect(JSON.stringify(lines)).not.toContain(KEY);
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

  it.skipIf(!existsSync('/proc/net/udp'))(
    'tell what strangers sent by UDP, and what the kernel dropped of it: together all there was',
    async () => {
      const server = await serve({ transports: ['udp'], httpPort: 0 });
      const sender = createSocket('udp4');
      onTestFinished(() => void sender.close());
      await new Promise<void>((resolve) =>
        sender.connect(endpoint(server.urls[0]).port, '127.0.0.1', resolve),
      );
      // In one turn of the event loop: the server, in the same process, cannot read meanwhile.
      const sent = 10_000;
      for (let i = 0; i < sent; i++) sender.send(Buffer.alloc(1_000));
      const figure = (text: string, sample: string): number =>
        Number(
          text
            .split('\n')
            .find((line) => line.startsWith(sample))
            ?.slice(sample.length),
        );
      let dropped = 0;
      await expect
        .poll(async () => {
          const { body } = await get(server.httpUrl, '/metrics');
          const read = figure(body, 'lab_packets_received_total{transport="udp",kind="other"} ');
          const ignored = 'lab_packets_ignored_total{transport="udp",reason="malformed"} ';
          expect(figure(body, ignored)).toBe(read);
          dropped = figure(body, 'lab_kernel_receive_drops_total{transport="udp"} ');
          return read + dropped;
        })
        .toBe(sent);
      expect(dropped).toBeGreaterThan(0);
      expect((await get(server.httpUrl, '/metrics')).body).toContain(
        '\nlab_host_tcp_listen_drops_total ',
      );
    },
  );

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
