/** Health answers while strangers hold connections open: real sockets that send half a request, or none, or never read. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenHttp } from '../../src/serve/http.js';
import { limitConnections } from '../../src/serve/http-connections.js';
import { createServer } from '../../src/serve/server.js';
import { until } from '../conformance/transport-support.js';
import { endpoint, get, serve } from './support/serve-rig.js';

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
  ])('full of connections that sent %s, lets one more in for the oldest of them', async (_, sent) => {
    const lab = await createServer({ ports: { tcp: 0 } });
    onTestFinished(() => lab.close({ drainMs: 0 }));
    const http = await listenHttp({ host: '127.0.0.1', port: 0 }, () => lab.stats(), 8);
    onTestFinished(() => http.close());
    const sockets: Socket[] = [];
    for (let i = 0; i < 20; i++) {
      const socket = await stranger(http.url, sent);
      socket.pause();
      sockets.push(socket);
      if (i % 5 === 0) expect(await get(http.url, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
    }
    for (const socket of sockets.slice(0, 12)) socket.resume();
    await until(() => sockets.slice(0, 12).every(({ destroyed }) => destroyed), 'the oldest to be closed');
  });

  it('full, spares the one that was used last', async () => {
    const lab = await createServer({ ports: { tcp: 0 } });
    onTestFinished(() => lab.close({ drainMs: 0 }));
    const http = await listenHttp({ host: '127.0.0.1', port: 0 }, () => lab.stats(), 3);
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
    limitConnections(server, 3);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sockets: Socket[] = [];
    for (const path of ['/1', '/2', '/3', '/4', '/5']) {
      sockets.push(await stranger(url, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`));
      await until(() => asked.at(-1) === path, `the request for ${path}`);
    }
    for (const socket of sockets) socket.resume();
    await until(() => sockets.filter(({ destroyed }) => destroyed).length === 2, 'two to be closed');
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false]);
  });
});
