/**
 * Health answers while strangers hold connections open: real sockets that send half a request, or
 * none, or never read.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { limitConnections } from '../../../src/serve/http/connections.js';
import { listenHttp } from '../../../src/serve/http/http.js';
import { listenSerially } from '../../../src/serve/http/serial.js';
import { createServer } from '../../../src/serve/server.js';
import { PeerDeadlines } from '../../../src/transports/server/peer-deadlines.js';
import { until } from '../../support/conformance/transport-support.js';
import { endpoint, get, serve } from '../../support/server/serve-rig.js';

/** A connection that has sent this much of a request. */
async function stranger(url: string, sent: string): Promise<Socket> {
  const socket = createConnection(endpoint(url));
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (sent !== '') socket.write(sent);
  return socket;
}

async function strangers(url: string, count: number, sent: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) sockets.push(await stranger(url, sent));
  return sockets;
}

describe('the health server', () => {
  it('answers at once while 200 connections have sent half a request', async () => {
    const url = (await serve({ httpPort: 0 })).httpUrl!;
    await strangers(url, 200, 'GET /met');
    expect(await get(url, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
  });

  it('closes a connection whose headers do not come, though it keeps sending', async () => {
    const url = (await serve({ httpPort: 0 })).httpUrl!;
    const socket = await stranger(url, 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ');
    const dripping = setInterval(() => socket.write('x'), 50);
    onTestFinished(() => clearInterval(dripping));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['half a request', 'GET /met'],
    ['nothing', ''],
  ])(
    'full of connections that sent %s, lets one more in for the oldest of them',
    async (_, sent) => {
      const lab = await createServer({ ports: { tcp: 0 } });
      onTestFinished(() => lab.close({ drainMs: 0 }));
      const http = await listenHttp({ host: '127.0.0.1', port: 0 }, lab, 8);
      onTestFinished(() => http.close());
      const sockets: Socket[] = [];
      for (let i = 0; i < 20; i++) {
        const socket = await stranger(http.url, sent);
        socket.pause();
        sockets.push(socket);
        if (i % 5 === 0)
          expect(await get(http.url, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
      }
      for (const socket of sockets.slice(0, 12)) socket.resume();
      await until(
        () => sockets.slice(0, 12).every(({ destroyed }) => destroyed),
        'the oldest to be closed',
      );
    },
  );

  it('full, spares the one that was used last', async () => {
    const lab = await createServer({ ports: { tcp: 0 } });
    onTestFinished(() => lab.close({ drainMs: 0 }));
    const http = await listenHttp({ host: '127.0.0.1', port: 0 }, lab, 3);
    onTestFinished(() => http.close());
    const [first, second] = await strangers(http.url, 2, '');
    let answer = '';
    first!.on('data', (bytes) => {
      answer += bytes.toString();
    });
    first!.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => answer.endsWith('ok\n'), 'the first answer');
    await strangers(http.url, 2, '');
    await once(second!.resume(), 'close');
    first!.write('GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => answer.endsWith('ready\n'), 'the second answer');
  });

  it('full of connections that are being answered, lets one more in for the oldest of them', async () => {
    const asked: string[] = [];
    const server = createHttpServer(({ url = '' }) => void asked.push(url));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const limits = { connections: 3, requestMs: 60_000, keepAliveMs: 60_000, stallMs: 60_000 };
    const counters = limitConnections(server, limits, new PeerDeadlines(systemClock()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sockets: Socket[] = [];
    for (const path of ['/1', '/2', '/3', '/4', '/5']) {
      sockets.push(await stranger(url, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`));
      await until(() => asked.at(-1) === path, `the request for ${path}`);
    }
    for (const socket of sockets) socket.resume();
    await until(
      () => sockets.filter(({ destroyed }) => destroyed).length === 2,
      'two to be closed',
    );
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false]);
    expect(counters).toEqual({ timedOut: 0, stalled: 0, evicted: 2 });
  });
});

/** What a connection was sent so far, and how many answers begin in it. */
function heard(socket: Socket): { readonly text: string; answers(): number } {
  const pieces: string[] = [];
  let answers = 0;
  socket.setEncoding('latin1').on('data', (piece: string) => {
    // Nine bytes: where they are cut, they count with the piece that ends them.
    const border = `${pieces.at(-1)?.slice(-8) ?? ''}${piece}`;
    answers += border.split('HTTP/1.1 ').length - 1;
    pieces.push(piece);
  });
  return {
    get text() {
      return pieces.join('');
    },
    answers: () => answers,
  };
}

/** A health server over counters that are counted themselves. */
async function counted(): Promise<{ url: string; readings: () => number }> {
  const lab = await createServer({ ports: { tcp: 0 } });
  onTestFinished(() => lab.close({ drainMs: 0 }));
  let readings = 0;
  const told = {
    notReady: undefined,
    stats: () => {
      readings += 1;
      return lab.stats();
    },
  };
  const http = await listenHttp({ host: '127.0.0.1', port: 0 }, told);
  onTestFinished(() => http.close());
  return { url: http.url, readings: () => readings };
}

const request = (path: string, method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

describe('requests sent ahead of the answers', () => {
  it.each(['/metrics', '/healthz', '/readyz', '/nothing-here'])(
    '1,000 for %s are answered one by one, and do not hold up another connection',
    async (path) => {
      const { url, readings } = await counted();
      const began = performance.now();
      const greedy = await stranger(url, request(path).repeat(1_000));
      const all = heard(greedy);
      await until(() => all.answers() > 0, 'the first answer');
      expect((await get(url, '/healthz')).body).toBe('ok\n');
      expect(all.answers()).toBeLessThan(1_000);
      await until(() => all.answers() === 1_000, 'all answers');
      // One rendering a second, whoever asks.
      expect(readings()).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000);
      expect(all.text.split('HTTP/1.1 2').length - 1).toBe(path === '/nothing-here' ? 0 : 1_000);
    },
  );

  it('from 50 connections make one rendering', async () => {
    const { url, readings } = await counted();
    const greedy = await strangers(
      url,
      50,
      request('/metrics').repeat(5) + request('/metrics', 'HEAD'),
    );
    const all = greedy.map(heard);
    await until(() => all.every((one) => one.answers() === 6), 'all answers');
    expect(readings()).toBeLessThan(10);
    // The answer to HEAD comes last, and has no body.
    for (const { text } of all) expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('are forgotten beyond what is kept for all connections, and the connection ends after a whole answer', async () => {
    const http = createHttpServer((_, response) => void response.end('ok\n'));
    const server = listenSerially(http, { headerBytes: 1_000, aheadBytes: 10_000 });
    onTestFinished(() => {
      server.close();
      server.drop();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const modest = heard(await stranger(url, request('/').repeat(20)));
    const greedy = await stranger(url, request('/').repeat(1_000));
    const all = heard(greedy);
    await once(greedy, 'close');
    expect(all.answers()).toBeGreaterThan(0);
    expect(all.answers()).toBeLessThan(1_000);
    expect(all.text.lastIndexOf('Connection: close')).toBeGreaterThan(
      all.text.lastIndexOf('HTTP/1.1'),
    );
    expect(all.text.endsWith('ok\n')).toBe(true);
    await until(() => modest.answers() === 20, 'the answers of another');
    expect((await get(url, '/')).body).toBe('ok\n');
  });

  it('after one with a body are not answered, nor is what stands in the body', async () => {
    const { url } = await counted();
    const body = request('/healthz');
    const head = `POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
    const socket = await stranger(url, head + body + body);
    const all = heard(socket);
    await once(socket, 'close');
    expect(all.answers()).toBeLessThan(2);
    expect(all.text).not.toContain('200 OK');
  });
});

describe('a request', () => {
  it('is answered once wherever it is cut, also behind blank lines, and the next one on the same connection', async () => {
    const { url } = await counted();
    const socket = await stranger(url, '');
    socket.setNoDelay(true);
    const all = heard(socket);
    const text = `\r\n${request('/healthz')}`;
    for (let cut = 1; cut < text.length; cut++) {
      socket.write(text.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(text.slice(cut));
      await until(() => all.answers() === cut, `the answer to one cut at ${cut}`);
    }
  });

  it('whose client closes its side at once is answered all the same', async () => {
    const { url } = await counted();
    for (const path of ['/metrics', '/healthz']) {
      const socket = await stranger(url, '');
      const all = heard(socket);
      socket.end(request('/healthz') + request(path));
      await once(socket, 'close');
      expect(all.answers()).toBe(2);
    }
  });

  it.each([
    ['of HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', / 200 OK\r\n/],
    ['without a host', 'GET /healthz HTTP/1.1\r\n\r\n', / 400 /],
    ['that is none', 'hello\r\n\r\n', / 400 /],
    ['of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', / 408 /],
    [
      'with lines that end without CR',
      'GET /healthz HTTP/1.1\nhost: x\n\n'.repeat(3),
      / (200|400) /,
    ],
    ['of empty lines', '\r\n'.repeat(30_000), / 4\d\d /],
    ['for too long a path', `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, / 431 /],
    ['whose header does not end', `GET / HTTP/1.1\r\nx: ${'x'.repeat(100_000)}`, / 431 /],
    ['that expects what nobody gives', 'GET / HTTP/1.1\r\nhost: x\r\nexpect: x\r\n\r\n', / 417 /],
    ['to become a tunnel', 'CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
    ['that stops', 'GET /healthz HTTP/1.1\r\nhost', / 408 /],
  ])('%s has its answer, and its connection ends', async (_, text, answer) => {
    const { url } = await counted();
    const socket = await stranger(url, '');
    const all = heard(socket);
    socket.write(text, 'latin1');
    await once(socket, 'close');
    expect(all.text).toMatch(answer);
  });

  it('that asks to become a WebSocket, or for other forms of the figures, is answered as any other', async () => {
    const { url, readings } = await counted();
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.9,*/*;q=0.1';
    for (const headers of [{ accept }, { 'accept-encoding': 'gzip' }, {}]) {
      const response = await fetch(`${url}/metrics`, { headers });
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(response.headers.get('content-encoding')).toBeNull();
      expect(await response.text()).toMatch(/^# HELP lab_/);
    }
    expect(readings()).toBeLessThanOrEqual(2);
    const socket = await stranger(url, '');
    const all = heard(socket);
    socket.write(
      'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    );
    await until(() => all.text.endsWith('ok\n'), 'the answer');
  });
});
