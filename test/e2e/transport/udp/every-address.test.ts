/**
 * A server on 0.0.0.0 or `::`: whatever address a client asks is the one that answers, with every
 * packet.
 */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Broadcast } from '../../../../src/core/broadcast.js';
import { newServerCounters } from '../../../../src/transports/counters.js';
import { encodeHello, NONCE_BYTES } from '../../../../src/transports/datagram/handshake-packets.js';
import { PACKET, WIRE_VERSION } from '../../../../src/transports/datagram/wire.js';
import { loadNative } from '../../../../src/transports/native/native.js';
import { WildcardSocket } from '../../../../src/transports/native/wildcard-socket.js';
import { udp } from '../../../../src/transports/udp/index.js';
import { openWithoutDestination } from '../../../../src/transports/udp/server/wildcard-listener.js';
import {
  MAX_ADDRESSES,
  WildcardPort,
} from '../../../../src/transports/udp/server/wildcard-port.js';
import { RawUdpClient } from '../../../support/net/raw-udp.js';
import {
  afterwards,
  clock,
  codec,
  confirmed,
  Recorder,
  type Rig,
  startServer,
  until,
  upTo,
} from '../../../support/net/udp-rig.js';
import { serve } from '../../../support/server/serve-rig.js';

const available = await loadNative().then(
  () => true,
  () => false,
);
/** Addresses of this machine beside 127.0.0.0/8, with their zones. */
const others = Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
  all
    .filter(({ address }) => address !== '127.0.0.1')
    .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
);
const ipv4 = [
  '127.0.0.1',
  '127.0.0.2',
  '127.45.67.89',
  ...others.filter((one) => !one.includes(':')),
];
const ipv6 = [...ipv4, ...others.filter((one) => one.includes(':'))];

async function subscribeAt(rig: Rig, host: string) {
  const recorder = new Recorder();
  const { port } = rig.server.endpoint;
  // Connected: nothing but what that address sends is heard.
  const subscription = await udp.connect(
    { host, port },
    { codec, clock, receiver: recorder, timeoutMs: 5_000 },
  );
  afterwards(() => subscription.close());
  return { recorder, subscription };
}

describe.skipIf(!available)('a server on every address', () => {
  for (const udpSender of ['dgram', 'sendmmsg'] as const) {
    it.each([
      ['0.0.0.0', ipv4],
      ['::', ipv6],
      ['0:0::0', ['127.0.0.3', '::1']],
    ])(
      `with ${udpSender} on %s answers, sends, beats and ends from each of %j`,
      async (host, addresses) => {
        const rig = await startServer({ host, udpSender, heartbeatMs: 100 });
        expect(rig.server.sender).toBe(udpSender);
        expect(rig.server.sendBufferBytes).toBeGreaterThan(0);
        const clients = await Promise.all(addresses.map((address) => subscribeAt(rig, address)));
        await Promise.all(clients.map(confirmed));
        await rig.publish(20);
        for (const { recorder } of clients)
          await until('all have come', () => recorder.seqs.length === 20);
        expect(clients.map(({ recorder }) => recorder.seqs)).toEqual(addresses.map(() => upTo(20)));
        await rig.server.close(1_000);
        for (const { subscription, recorder } of clients) {
          expect(await subscription.closed).toBeUndefined();
          expect(recorder.ofKind('end')).toHaveLength(1);
        }
        const { accepted, malformed, refused } = rig.server.counters;
        expect({ accepted, malformed, refused }).toEqual({
          accepted: addresses.length,
          malformed: 0,
          refused: 0,
        });
      },
    );
  }

  it('keeps the subscriptions apart that one socket has at several addresses', async () => {
    const rig = await startServer({ host: '0.0.0.0', heartbeatMs: 100 });
    const version = WIRE_VERSION;
    const client = new RawUdpClient(rig.server.endpoint.port, { version });
    const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.9'];
    for (const address of addresses) client.hello(address);
    const kinds = [PACKET.retry, PACKET.accept, PACKET.data];
    await until('all are accepted', () => rig.server.counters.accepted === 3);
    rig.broadcast.publish('key', 1);
    await until('each address says all', () =>
      kinds.every((kind) => addresses.every((one) => client.ofType(kind, one).length > 0)),
    );
    expect(rig.broadcast.counters.clients).toBe(3);
  });

  it('serves no more addresses than it has sockets for, and gives up idle ones for others', async () => {
    const rig = await startServer({ host: '0.0.0.0' });
    const { port } = rig.server.endpoint;
    const socket = createSocket('udp4');
    afterwards(() => socket.close());
    const answered = new Set<string>();
    socket.on('message', (_, { address }) => answered.add(address));
    const hello = encodeHello({ nonce: Buffer.alloc(NONCE_BYTES, 1), versions: [WIRE_VERSION] });
    const asked = Array.from(
      { length: MAX_ADDRESSES + 20 },
      (_, i) => `127.0.${1 + (i >> 7)}.${1 + (i & 127)}`,
    );
    for (let i = 0; i < asked.length; i += 50) {
      const some = asked.slice(i, i + 50);
      for (const address of some) socket.send(hello, port, address);
      await until(`${some.join()} answer`, () => some.every((address) => answered.has(address)));
    }
    expect(answered.size).toBe(asked.length);
    expect(rig.server.counters.refused).toBe(0);
  });

  it.each(['0.0.0.0', '::'])(
    'holds its port on %s: no other program can bind it or one of its addresses',
    async (host) => {
      const rig = await startServer({ host });
      await subscribeAt(rig, '127.0.0.2');
      const { port } = rig.server.endpoint;
      for (const address of ['0.0.0.0', '127.0.0.1', '127.0.0.2', '127.0.0.3']) {
        const code = await new Promise((resolve) => {
          const thief = createSocket({ type: 'udp4', reuseAddr: true });
          thief.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
          thief.bind({ address, port, exclusive: true }, () => thief.close(() => resolve('bound')));
        });
        expect([address, code]).toEqual([address, 'EADDRINUSE']);
      }
      await expect(startServer({ host, port })).rejects.toMatchObject({
        code: 'LAB_ERR_PORT_IN_USE',
      });
      await rig.server.close(0);
      await startServer({ host, port });
    },
  );

  it('leaves no socket open, and may be closed while an address is being opened', async () => {
    const broadcast = new Broadcast({ clock, encoder: codec });
    const socket = createSocket('udp4');
    afterwards(() => socket.close());
    for (let i = 0; i < 5; i++) {
      const server = await udp.listen(broadcast, {
        host: '0.0.0.0',
        port: 0,
        codecs: [codec],
        clock,
      });
      const { port } = server.endpoint;
      socket.send(
        encodeHello({ nonce: Buffer.alloc(NONCE_BYTES), versions: [WIRE_VERSION] }),
        port,
        '127.0.0.7',
      );
      await server.close(0);
      await expect(
        WildcardSocket.open(4, port, 4_096).then((free) => free.close()),
      ).resolves.toBeUndefined();
    }
  });

  it('is what createServer and its URLs give', async () => {
    const server = await serve({ transports: ['udp', 'tcp'], host: '::' });
    expect(server.urls.map((url) => url.replace(/\d+$/, ''))).toEqual([
      'udp://[::]:',
      'tcp://[::]:',
    ]);
  });
});

describe('where the address asked cannot be told', () => {
  const parts = (onNotice: (notice: string) => void) => ({
    options: { host: '0.0.0.0', port: 0, codecs: [codec], clock, onNotice },
    datagramBytes: 1_200,
    counters: newServerCounters(),
    onDrain: () => {},
  });

  it('the addresses of the interfaces have sockets of their own, and one that none shows is warned about once', async () => {
    const notices: string[] = [];
    const every = await WildcardPort.open(
      parts((notice) => notices.push(notice)),
      4,
      openWithoutDestination,
    );
    afterwards(() => every.close());
    const at: string[] = [];
    every.start(
      (_bytes, from, { local, sender }) => {
        at.push(local);
        sender.sendPacket(Buffer.from('yes'), from.port, from.address);
      },
      () => new Set(),
    );
    const heard: string[] = [];
    const socket = createSocket('udp4');
    afterwards(() => socket.close());
    socket.on('message', (_, { address }) => heard.push(address));
    const known = ipv4.filter((one) => !one.startsWith('127.') || one === '127.0.0.1');
    for (const address of known) {
      socket.send('hello', every.endpoint.port, address);
      await until(`${address} answers`, () => heard.includes(address));
    }
    expect([at, notices]).toEqual([known, []]);
    for (let i = 0; i < 3; i++) {
      socket.send('hello', every.endpoint.port, '127.0.0.2');
      await until('it is heard', () => at.length === known.length + i + 1);
    }
    expect(at.slice(known.length)).toEqual(['?', '?', '?']);
    expect(notices).toEqual([expect.stringMatching(/no interface shows.*`host`/)]);
  });

  it('a port in use is refused there as well', async () => {
    const first = await openWithoutDestination(4, 0);
    afterwards(() => first.close());
    await expect(openWithoutDestination(4, first.port)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
