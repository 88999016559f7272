/**
 * Finnhub through a proxy, as the environment names one: quotes and stream alike, and nothing of
 * the key or of its password shown.
 */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { endpointsAt } from '../../../src/sources/finnhub/endpoints.js';
import { DEFAULT_LIMITS } from '../../../src/sources/finnhub/limits.js';
import { proxiesOf } from '../../../src/sources/finnhub/proxies.js';
import { FinnhubSource } from '../../../src/sources/finnhub/source.js';
import { parseSymbols } from '../../../src/sources/finnhub/symbols.js';
import { FakeFinnhub, KEY, quoteOf } from '../../support/server/finnhub-fake.js';
import { T } from '../../support/server/finnhub-rig.js';

const PASSWORD = 'pr0xy-secret';

/** A proxy on loopback that makes tunnels, and what it was asked for. */
async function startProxy(
  refusal?: number,
): Promise<{ url: string; asked: string[]; auth: Set<string> }> {
  const asked: string[] = [];
  const auth = new Set<string>();
  const server: Server = createServer((_, response) => response.writeHead(501).end());
  server.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    auth.add(String(request.headers['proxy-authorization']));
    socket.on('error', () => {});
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `me:${PASSWORD}@127.0.0.1:${(server.address() as AddressInfo).port}`, asked, auth };
}

async function openThrough(environment: Readonly<Record<string, string>>): Promise<FinnhubSource> {
  const fake = await FakeFinnhub.start();
  onTestFinished(() => fake.stop());
  fake.quotes.set('AAPL', quoteOf(200, T));
  const source = new FinnhubSource({
    wanted: parseSymbols('AAPL'),
    key: KEY,
    endpoints: endpointsAt(fake.url),
    proxies: proxiesOf(environment),
    clock: systemClock(),
    limits: { ...DEFAULT_LIMITS, roundMs: 50, callsPerMinute: 6_000 },
    sizeBytes: 0,
    seed: 1,
  });
  onTestFinished(() => source.close());
  await source.open();
  return source;
}

describe('a proxy of the environment', () => {
  it('is asked for quotes and stream, with its password, and closes with the source', async () => {
    const proxy = await startProxy();
    const source = await openThrough({ HTTP_PROXY: proxy.url });
    const { value } = await source[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ key: 'AAPL', value: { price: 200 } });
    await expect.poll(() => source.stats().streaming).toBe(true);
    expect(proxy.asked.length).toBeGreaterThanOrEqual(2);
    expect([...proxy.auth]).toEqual([`Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`]);
    const shown = inspect([source, source.stats()], {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
    });
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain(KEY);
    await source.close();
  });

  it('is passed by for what NO_PROXY lists', async () => {
    const proxy = await startProxy();
    const source = await openThrough({ HTTP_PROXY: proxy.url, NO_PROXY: 'example.com,127.0.0.1' });
    await expect.poll(() => source.stats().streaming).toBe(true);
    expect(proxy.asked).toEqual([]);
  });

  it('that refuses is counted as such, and waited for', async () => {
    const proxy = await startProxy(407);
    const source = await openThrough({ HTTP_PROXY: proxy.url });
    await expect.poll(() => source.stats().upstreamErrors.proxy).toBeGreaterThanOrEqual(1);
    await expect.poll(() => source.stats().upstreamErrors.stream_refused).toBeGreaterThanOrEqual(1);
  });
});
