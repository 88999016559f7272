/**
 * A server that stood still finds all its timers overdue, and in its sockets what its peers have
 * said meanwhile: it reads first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import { openNativeSockets } from '../../../src/transports/native/client/native-sockets.js';
import { NODE_SOCKETS } from '../../../src/transports/node/node-sockets.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { Recorder, until } from '../../support/conformance/transport-support.js';
import { endpoint, get } from '../../support/server/serve-rig.js';

/**
 * Every limit of a peer is shorter than the standstill. A client reports once a second and waits
 * for three heartbeats.
 */
const STANDSTILL_MS = 2_500;
const LIMITS = {
  leaseMs: 1_500,
  handshakeTimeoutMs: 1_000,
  graceMs: 1_000,
  pongTimeoutMs: 1_500,
  pingMs: 200,
};
/** Node reads some 32 datagrams in a turn of the event loop: one turn's grace would not do. */
const UDP_CLIENTS = 200;

interface Served {
  readonly child: ChildProcess;
  readonly urls: Readonly<Record<'tcp' | 'udp' | 'ws' | 'http', string>>;
}

async function served(): Promise<Served> {
  const library = new URL('../../../dist/src/index.js', import.meta.url).href;
  const options = {
    transports: ['tcp', 'udp', 'ws'],
    ports: { tcp: 0, udp: 0, ws: 0 },
    httpPort: 0,
    transportOptions: LIMITS,
  };
  const program = `
    const { createServer } = await import(${JSON.stringify(library)});
    const server = await createServer(${JSON.stringify(options)});
    console.log(JSON.stringify([...server.urls, server.httpUrl]));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const [tcp = '', udp = '', ws = '', http = ''] = JSON.parse(line.toString()) as string[];
  return { child, urls: { tcp, udp, ws, http } };
}

/** Has sent half of what it has to say, and keeps what it hears. */
async function begun(
  url: string,
  half: string,
): Promise<{ readonly socket: Socket; heard: string }> {
  const socket = createConnection(endpoint(url));
  onTestFinished(() => void socket.destroy());
  const client = { socket, heard: '' };
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      client.heard += bytes.toString();
    });
  await once(socket, 'connect');
  socket.write(half);
  return client;
}

it('a server that stood still for longer than every limit of its peers gives none of them up', async () => {
  const { child, urls } = await served();
  const [codec, udp, clock] = [
    await loadCodec('line-json'),
    await loadTransport('udp'),
    systemClock(),
  ];
  // Every second over system calls, where there are any.
  const native = await openNativeSockets(clock).catch(() => NODE_SOCKETS);
  const subscribe = async (_: unknown, i: number): Promise<void> => {
    const sockets = i % 2 === 0 ? NODE_SOCKETS : native;
    const receiver = new Recorder(codec);
    const options = { codec, receiver, clock, sockets };
    const subscription = await udp.connect(endpoint(urls.udp), options);
    onTestFinished(() => subscription.close());
  };
  await Promise.all(Array.from({ length: UDP_CLIENTS }, subscribe));
  // The package answers pings by itself.
  const ws = new WebSocket(`${urls.ws}/?codec=line-json`);
  onTestFinished(() => ws.terminate());
  await once(ws, 'message');
  let closed = false;
  ws.on('close', () => {
    closed = true;
  });
  const tcp = await begun(urls.tcp, '{"codec":');
  const upgrade = await begun(urls.ws, 'GET /?codec=line-json HTTP/1.1\r\nHost: x\r\n');
  const probe = await begun(urls.http, 'GET /healthz HTTP/1.1\r\n');
  await sleep(300);
  child.kill('SIGSTOP');
  // It says nothing until the grace period is over for long.
  const late = await begun(urls.tcp, '');
  await sleep(STANDSTILL_MS / 2);
  tcp.socket.write('"line-json"}\n');
  upgrade.socket.write(
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  probe.socket.write('Host: x\r\n\r\n');
  late.socket.write('{}\n');
  await sleep(STANDSTILL_MS / 2);
  child.kill('SIGCONT');
  await until(
    () => tcp.heard.includes('welcome'),
    () => `the welcome, not ${tcp.heard}`,
  );
  await until(
    () => late.heard.includes('welcome'),
    () => `the welcome, not ${late.heard}`,
  );
  await until(
    () => upgrade.heard.includes(' 101 '),
    () => `the upgrade, not ${upgrade.heard}`,
  );
  await until(
    () => probe.heard.includes('ok\n'),
    () => `health, not ${probe.heard}`,
  );
  await sleep(500);
  const { body } = await get(urls.http, '/metrics');
  const expired = body
    .split('\n')
    .filter((line) => line.startsWith('lab_subscriptions_expired_total{'));
  expect(new Set(expired.map((line) => line.split(' ').at(-1)))).toEqual(new Set(['0']));
  expect(body).toContain(`\nlab_subscriptions_accepted_total{transport="udp"} ${UDP_CLIENTS}\n`);
  expect(closed).toBe(false);
});
