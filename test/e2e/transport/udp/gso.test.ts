import { describe, expect, it } from 'vitest';
import type { ClientSockets } from '../../../../src/transports/client-sockets.js';
import * as wire from '../../../../src/transports/datagram/wire.js';
import { openNativeSockets } from '../../../../src/transports/native/client/native-sockets.js';
import { openVirtualSockets } from '../../../../src/transports/native/client/virtual-sockets.js';
import { loadNative } from '../../../../src/transports/native/native.js';
import { NODE_SOCKETS } from '../../../../src/transports/node/node-sockets.js';
import { RawUdpClient } from '../../../support/net/raw-udp.js';
import {
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
    const client = new RawUdpClient(rig.server.endpoint.port, { version: 1 });
    client.hello();
    await until('it is served', () => client.ofType(wire.PACKET.heartbeat).length > 0);
    publishAll(rig, 100);
    const data = (): Buffer[] => client.ofType(wire.PACKET.data);
    const messages = (): number => data().reduce((sum, bytes) => sum + wire.countOf(bytes), 0);
    await until('all have come', () => messages() === 100);
    expect(new Set(data().map((bytes) => wire.versionOf(bytes)))).toEqual(new Set([1]));
    expect(data().every((bytes) => bytes.at(-1) === 0x0a)).toBe(true);
    expect(rig.server.counters.paddingBytes).toBe(0);
  });
});
