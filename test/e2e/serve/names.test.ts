/**
 * A host name that has several addresses: servers take one of them for everything, clients try them
 * all.
 */
import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { createServer as createTcpServer, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { listenHttp } from '../../../src/serve/http/http.js';
import { addressesOf, localAddress } from '../../../src/transports/host.js';
import { follow, serve } from '../../support/server/serve-rig.js';

/** In TEST-NET-2 and the documentation prefix: no machine has them. */
const ELSEWHERE = ['198.51.100.1', '2001:db8::1'];

/** Makes every name mean `addresses`, in this order, for Node's own sockets too. */
function resolveTo(...addresses: string[]): void {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  vi.spyOn(dns.promises, 'lookup').mockImplementation((async () => found) as never);
  const lookup = dns.lookup as (...given: unknown[]) => void;
  vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...given: unknown[]) => {
    if (isIP(host) !== 0) lookup(host, ...given);
    else process.nextTick(given.at(-1) as () => void, null, found);
  }) as never);
}

afterEach(() => vi.restoreAllMocks());

describe('a name as --host', () => {
  it.each([
    [['::1', '127.0.0.1'], '::1'],
    [['127.0.0.1', '::1'], '127.0.0.1'],
    [[...ELSEWHERE, '127.0.0.1'], '127.0.0.1'],
    [[...ELSEWHERE], ELSEWHERE[0]],
  ])('of %j the first that this machine has is taken', async (addresses, taken) => {
    resolveTo(...addresses);
    expect(await localAddress('a-name')).toBe(taken);
  });

  it('an address needs no lookup', async () => {
    resolveTo();
    expect([await addressesOf('::1'), await localAddress('10.255.255.254')]).toEqual([
      ['::1'],
      '10.255.255.254',
    ]);
  });

  it.each([
    [['::1', '127.0.0.1'], '[::1]'],
    [['2001:db8::1', '127.0.0.1'], '127.0.0.1'],
  ])(
    'the transports and health of a server named %j listen on one address',
    async (addresses, host) => {
      resolveTo(...addresses);
      const server = await serve({ transports: ['tcp', 'udp', 'ws'], host: 'a-name', httpPort: 0 });
      const hosts = [...server.urls, server.httpUrl ?? ''].map(
        (url) => /\/\/(.*):\d+$/.exec(url)?.[1],
      );
      expect(hosts).toEqual([host, host, host, host]);
    },
  );

  it('each of them by itself takes the same', async () => {
    resolveTo('2001:db8::1', '::1');
    const http = await listenHttp({ host: 'a-name', port: 0 }, {} as never);
    onTestFinished(() => http.close());
    expect(http.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  });

  it('one that nobody knows is refused, and the name told', async () => {
    vi.spyOn(dns.promises, 'lookup').mockRejectedValue(new Error('getaddrinfo ENOTFOUND nowhere'));
    await expect(serve({ transports: ['tcp'], host: 'nowhere' })).rejects.toMatchObject({
      code: 'LAB_ERR_LISTEN',
      message: expect.stringContaining('nowhere'),
    });
  });
});

describe('a name in the URL of a feed', () => {
  const cases = ['tcp', 'udp', 'ws'].flatMap((transport) => [
    // Nobody listens at the first; the other way round; the first leads nowhere.
    [transport, '127.0.0.1', ['::1', '127.0.0.1']] as const,
    [transport, '::1', ['127.0.0.1', '::1']] as const,
    [transport, '127.0.0.1', ['2001:db8::1', '::1', '127.0.0.1']] as const,
    [transport, '127.0.0.1', ['127.0.0.1', '::1']] as const,
  ]);

  it.each(cases)('over %s a server on %s is found among %j', async (transport, host, addresses) => {
    const server = await serve({ transports: [transport], host });
    const port = /:(\d+)$/.exec(server.urls[0] ?? '')?.[1];
    resolveTo(...addresses);
    server.publish('key', 1);
    const feed = follow(`${transport}://a-name:${port}`);
    for await (const { value } of feed) {
      expect(value).toBe(1);
      break;
    }
    expect(server.stats().transports[0]).toMatchObject({ accepted: 1, refused: 0, malformed: 0 });
  });

  it('over UDP the address that is silent is left for the one that answers, and holds up nobody', async () => {
    const silent = createSocket('udp6');
    const server = await serve({ transports: ['udp'], host: '127.0.0.1' });
    const port = Number(/:(\d+)$/.exec(server.urls[0] ?? '')?.[1]);
    let heard = 0;
    silent.on('message', () => {
      heard += 1;
    });
    await new Promise<void>((done) => silent.bind({ address: '::1', port }, done));
    onTestFinished(() => void silent.close());
    resolveTo('::1', '127.0.0.1');
    server.publish('key', 1);
    for await (const _ of follow(`udp://a-name:${port}`)) break;
    expect(heard).toBe(1);
  });

  it.each(['tcp', 'udp', 'ws'])(
    'over %s the error tells what became of each when none answers',
    async (transport) => {
      const taken = createTcpServer();
      await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
      const { port } = taken.address() as { port: number };
      await new Promise((done) => taken.close(done));
      resolveTo('::1', '127.0.0.1');
      await expect(async () => {
        for await (const _ of follow(`${transport}://a-name:${port}`));
      }).rejects.toMatchObject({
        code: 'LAB_ERR_CONNECT',
        message: expect.stringMatching(/a-name:\d+.*ECONNREFUSED/),
      });
    },
  );

  it('over UDP the time limit holds for all addresses together', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((done) => silent.bind({ address: '127.0.0.1', port: 0 }, done));
    onTestFinished(() => void silent.close());
    resolveTo('127.0.0.1', '127.0.0.1', '127.0.0.2');
    await expect(async () => {
      for await (const _ of follow(`udp://a-name:${silent.address().port}`, { timeoutMs: 300 }));
    }).rejects.toMatchObject({
      code: 'LAB_ERR_CONNECT_TIMEOUT',
      message: expect.stringContaining('within 300 ms'),
    });
  });
});

/** The link-local address of an interface, with its zone; machines in a sandbox may have none. */
const scoped = Object.entries(networkInterfaces())
  .flatMap(([name, all = []]) => all.map((one) => ({ name, ...one })))
  .find(({ address, scopeid }) => address.startsWith('fe80:') && scopeid !== undefined);

describe.runIf(scoped !== undefined)('an address with a zone', () => {
  it('is served, printed and read over every transport', async () => {
    const { name, address } = scoped!;
    const host = `${address}%${name}`;
    const server = await serve({ transports: ['tcp', 'udp', 'ws'], host, httpPort: 0 });
    server.publish('key', 1);
    for (const url of server.urls) {
      expect(url).toContain(`[${address}%25${name}]:`);
      for await (const { value } of follow(url)) {
        expect(value).toBe(1);
        break;
      }
    }
    expect(server.httpUrl).toMatch(/^http:\/\/\[fe80:.*%25.*\]:\d+$/);
  });
});
