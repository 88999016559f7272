import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import type { ClientSockets } from '../../../../src/transports/client-sockets.js';
import { encodeReport } from '../../../../src/transports/datagram/control-packets.js';
import {
  decodeAccept,
  decodeRetry,
  encodeHello,
  encodeSubscribe,
  NONCE_BYTES,
} from '../../../../src/transports/datagram/handshake-packets.js';
import * as wire from '../../../../src/transports/datagram/wire.js';
import { openNativeSockets } from '../../../../src/transports/native/client/native-sockets.js';
import { openVirtualSockets } from '../../../../src/transports/native/client/virtual-sockets.js';
import { loadNative } from '../../../../src/transports/native/native.js';
import { NODE_SOCKETS } from '../../../../src/transports/node/node-sockets.js';
import {
  afterwards,
  clock,
  confirmed,
  type Rig,
  startServer,
  until,
  upTo,
} from '../../../support/net/udp-rig.js';

const available = await loadNative().then(
  () => true,
  () => false,
);

/** Messages of many lengths, all due in one flush. */
function publishAll(rig: Rig, count: number): void {
  for (let i = 0; i < count; i++) rig.broadcast.publish('k', 'x'.repeat((i * 37) % 240));
}

/**
 * Who reads them: one read of a native socket holds many, and one socket is all virtual clients.
 */
const RECEIVERS: readonly (readonly [string, ClientSockets | undefined])[] = [
  ['node', NODE_SOCKETS],
  ['native', await openNativeSockets(clock).catch(() => undefined)],
  ['virtual', await openVirtualSockets(clock).catch(() => undefined)],
];

describe.skipIf(!available)('several datagrams in one send', () => {
  const over = RECEIVERS.flatMap(([name, sockets]) =>
    sockets === undefined
      ? []
      : ['127.0.0.1', '::1']
          .filter((host) => name !== 'virtual' || host === '127.0.0.1')
          .map((host) => ({ host, name, sockets })),
  );

  it.each(over)(
    'to $name sockets on $host arrive whole, once, in order, without padding',
    async ({ host, name, sockets }) => {
      const rig = await startServer({ host, heartbeatMs: 50, udpSender: 'gso' });
      const client = await rig.connect({ sockets });
      await confirmed(client);
      publishAll(rig, 200);
      await until('all have come', () => client.recorder.seqs.length === 200);
      expect(client.recorder.seqs).toEqual(upTo(200));
      const { counters } = client.subscription;
      const { server } = rig;
      expect(counters).toMatchObject({ malformed: 0, datagramsLost: 0, datagramsReordered: 0 });
      expect(counters.reads).toBe(server.counters.sends);
      expect(counters.bytes).toBe(server.counters.sendBytes);
      expect(counters.mostInDatagram).toBeGreaterThan(1);
      if (name === 'native') expect(counters.mostInRead).toBeGreaterThan(1);
      else expect(counters.mostInRead).toBe(1);
      expect(server.counters.coalescedDatagrams).toBeGreaterThan(10);
      expect(server.counters.paddingBytes).toBeGreaterThan(0);
      expect(server.counters.paddingBytes).toBeLessThan(server.counters.sendBytes / 8);
      // What was handed on is the messages and nothing else.
      expect(client.recorder.texts.every((text) => /^\{.*\}\n$/.test(text))).toBe(true);
    },
  );

  it('never make a datagram longer than was asked for', async () => {
    const rig = await startServer({ heartbeatMs: 50, udpSender: 'gso', datagramBytes: 700 });
    const relay = await rig.relay();
    const lengths: number[] = [];
    relay.rule = (direction, _type, _index, bytes) => {
      if (direction === 'down') lengths.push(bytes.length);
      return 'pass';
    };
    const client = await rig.connect({}, relay.port);
    await confirmed(client);
    publishAll(rig, 100);
    await until('all have come', () => client.recorder.seqs.length === 100);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(700);
    expect(rig.server.counters.coalescedSends).toBeGreaterThan(0);
  });

  it('have no padding for a client that speaks version 1 of the wire', async () => {
    const rig = await startServer({ heartbeatMs: 50, udpSender: 'gso' });
    const socket = createSocket('udp4');
    afterwards(() => socket.close());
    const nonce = Buffer.alloc(NONCE_BYTES, 5);
    const { port } = rig.server.endpoint;
    const data: Buffer[] = [];
    let accepted = false;
    socket.on('message', (bytes) => {
      const type = wire.packetType(bytes);
      if (type === wire.PACKET.retry) {
        const token = decodeRetry(bytes)?.token ?? Buffer.alloc(0);
        const ask = { version: 1, nonce, token, credential: Buffer.alloc(0), request: '{}' };
        const subscribe = encodeSubscribe({ ...ask, receiveBufferBytes: 0 });
        socket.send(subscribe, port, '127.0.0.1');
      } else if (type === wire.PACKET.accept) {
        const { epoch, id } = decodeAccept(bytes) as NonNullable<ReturnType<typeof decodeAccept>>;
        const report = encodeReport({ epoch, id, highest: 0, received: 0, lost: 0, jitter: 0 });
        socket.send(report, port, '127.0.0.1');
      } else if (type === wire.PACKET.heartbeat) {
        accepted = true;
      } else if (type === wire.PACKET.data) {
        data.push(bytes);
      }
    });
    socket.send(encodeHello({ nonce, versions: [1] }), port, '127.0.0.1');
    await until('it is served', () => accepted);
    publishAll(rig, 100);
    const messages = (): number => data.reduce((sum, bytes) => sum + wire.countOf(bytes), 0);
    await until('all have come', () => messages() === 100);
    expect(new Set(data.map((bytes) => wire.versionOf(bytes)))).toEqual(new Set([1]));
    expect(data.every((bytes) => bytes.at(-1) === 0x0a)).toBe(true);
    expect(rig.server.counters.paddingBytes).toBe(0);
  });
});
