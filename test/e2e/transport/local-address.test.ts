/** Where a client connects from. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import { systemClock } from '../../../src/core/clock.js';
import type { ClientSockets } from '../../../src/transports/client-sockets.js';
import { openNativeSockets } from '../../../src/transports/native/client/native-sockets.js';
import { openVirtualSockets } from '../../../src/transports/native/client/virtual-sockets.js';
import { NODE_SOCKETS } from '../../../src/transports/node/node-sockets.js';
import { loadTransport } from '../../../src/transports/registry.js';
import { rejection } from '../../support/conformance/transport-support.js';

const clock = systemClock();
const LOCAL = '127.9.8.7';
/** RFC 5737: of documentation, and of no host. */
const NOBODYS = '192.0.2.1';
const NOBODY = { begin() {}, message() {}, end() {}, control() {} };

const native = await openNativeSockets(clock).catch(() => undefined);
const RECEIVERS: readonly ClientSockets[] =
  native === undefined ? [NODE_SOCKETS] : [NODE_SOCKETS, native];

describe.each(RECEIVERS)('a client of $name sockets', (sockets) => {
  it('connects from the address of this host that it is given', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const from = new Promise<string | undefined>((resolve) => {
      server.on('connection', (socket) => {
        resolve(socket.remoteAddress);
        socket.on('error', () => {}).destroy();
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const area = Buffer.allocUnsafeSlow(1_024);
    const stream = sockets.openStream(
      { host: '127.0.0.1', port, area, nextAddressMs: 1_000, localAddress: LOCAL },
      { onConnect() {}, onRead() {}, onEnd() {}, onError() {} },
    );
    onTestFinished(() => stream.destroy());
    expect(await from).toBe(LOCAL);
  });

  it('sends its datagrams from it', async () => {
    const server = createSocket('udp4');
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const from = new Promise<string>((resolve) => {
      server.once('message', (_, peer) => resolve(peer.address));
    });
    const { port } = server.address();
    const socket = await sockets.openDatagram('127.0.0.1', port, { localAddress: LOCAL });
    onTestFinished(() => socket.close());
    socket.send(Buffer.from('x'));
    expect(await from).toBe(LOCAL);
  });

  it.each(['tcp', 'ws', 'udp'])(
    'that is to connect from an address of another host is refused, over %s',
    async (name) => {
      const transport = await loadTransport(name);
      const codec = await loadCodec('line-json');
      const options = { codec, clock, sockets, receiver: NOBODY, localAddress: NOBODYS };
      const connecting = transport.connect({ host: '127.0.0.1', port: 9 }, options);
      await expect(connecting).rejects.toMatchObject({
        code: 'LAB_ERR_CONNECT',
        message: expect.stringContaining('EADDRNOTAVAIL'),
      });
    },
  );
});

it.skipIf(native === undefined)('virtual clients choose their addresses themselves', async () => {
  const sockets = await openVirtualSockets(clock);
  onTestFinished(() => sockets.close());
  const opening = sockets.openDatagram('127.0.0.1', 9, { localAddress: LOCAL });
  expect(await rejection(opening)).toBe('LAB_ERR_BAD_VALUE');
});
