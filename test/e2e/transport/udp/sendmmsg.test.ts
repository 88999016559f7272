import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.js';
import { newServerCounters } from '../../../../src/transports/counters.js';
import { createUdpSocket, untilReady } from '../../../../src/transports/datagram/sockets.js';
import { openDescriptor } from '../../../../src/transports/native/descriptor.js';
import { loadNative } from '../../../../src/transports/native/native.js';
import { UDP_SENDERS } from '../../../../src/transports/udp/options.js';
import { openSender } from '../../../../src/transports/udp/sending/open-sender.js';
import { confirmed, startServer, until, upTo } from '../../../support/net/udp-rig.js';

const available = await loadNative().then(
  () => true,
  () => false,
);
const clock = systemClock();
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function bound(address: string, port = 0): Promise<Socket> {
  const socket = createUdpSocket(address);
  await untilReady(socket, 'listening', () => socket.bind(port, address));
  sockets.push(socket);
  return socket;
}

it('the server says how it sends, and dgram is used when it is asked for', async () => {
  const best = available ? 'gso' : 'dgram';
  expect((await startServer()).server.sender).toBe(best);
  expect((await startServer({ udpSender: 'auto' })).server.sender).toBe(best);
  expect((await startServer({ udpSender: 'dgram' })).server.sender).toBe('dgram');
  if (!available) return;
  expect((await startServer({ udpSender: 'sendmmsg' })).server.sender).toBe('sendmmsg');
  expect((await startServer({ udpSender: 'gso' })).server.sender).toBe('gso');
});

describe.skipIf(!available)('sendmmsg', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
  ])('on %s sends to %s the bytes that dgram sends, in the same order', async (local, remote) => {
    const receiver = await bound(remote);
    const got: string[] = [];
    receiver.on('message', (bytes) => got.push(bytes.toString('latin1', 36)));
    const chunk = Buffer.allocUnsafeSlow(10_000).fill('0123456789');
    const payloads = upTo(140).map((i) =>
      i % 7 === 0 ? Buffer.alloc(8, i) : chunk.subarray(i, i + 20 + i),
    );
    const results: unknown[] = [];
    for (const udpSender of UDP_SENDERS) {
      const socket = await bound(local);
      const counters = newServerCounters();
      const options = { host: local, port: 0, codecs: [], clock, udpSender };
      const parts = { socket, datagramBytes: 1_200, counters, onDrain: () => {} };
      const sender = await openSender(options, parts);
      const target = sender.target(
        remote === local ? remote : `::ffff:${remote}`,
        receiver.address().port,
        true,
      );
      for (const payload of payloads) sender.send(payload, 2, target);
      await until('all have come', () => got.length === payloads.length);
      expect(got).toEqual(payloads.map((payload) => payload.toString('latin1')));
      got.length = 0;
      results.push(counters);
    }
    expect(results.slice(1)).toEqual([results[0], results[0], results[0]]);
    expect(results[0]).toMatchObject({ sends: 140, sentMessages: 280, sendErrorMessages: 0 });
  });

  it('finds the descriptor of each of many sockets, also of those with the same port on another address', async () => {
    const first = await bound('127.0.0.1');
    const { port } = first.address();
    const all = [first, await bound('127.0.0.2', port), await bound('::1', port)];
    for (let i = 0; i < 30; i++) all.push(await bound('127.0.0.1'));
    const found = await Promise.all(all.map((socket) => openDescriptor(socket)));
    expect(new Set(found.map(({ fd }) => fd)).size).toBe(all.length);
    expect(found.slice(0, 3).map(({ family }) => family)).toEqual([4, 4, 6]);
  });

  it.each(['dgram', 'sendmmsg'] as const)(
    'by %s, a datagram that the kernel refuses is counted and the others arrive',
    async (udpSender) => {
      const receiver = await bound('127.0.0.1');
      let got = 0;
      receiver.on('message', () => {
        got += 1;
      });
      const socket = await bound('127.0.0.1');
      const counters = newServerCounters();
      const options = { host: '127.0.0.1', port: 0, codecs: [], clock, udpSender };
      const sender = await openSender(options, {
        socket,
        datagramBytes: 70_000,
        counters,
        onDrain: () => {},
      });
      const target = sender.target('127.0.0.1', receiver.address().port, true);
      const tooLong = Buffer.alloc(66_000);
      for (const i of upTo(200)) {
        // EMSGSIZE; and EINVAL, as a socket of the loopback address reaches no other network.
        if (i % 50 === 0) sender.send(tooLong, 3, target);
        else if (i % 70 === 0) sender.send(Buffer.alloc(9), 5, sender.target('192.0.2.1', 9, true));
        else sender.send(Buffer.alloc(100), 1, target);
      }
      await until('the others arrive', () => got === 194);
      await until('the errors are counted', () => counters.sendErrorMessages === 4 * 3 + 2 * 5);
      expect(counters).toMatchObject({ sends: 200, sentMessages: 194 + 22 });
    },
  );

  it('serves subscribers on ::1, each message once and in order', async () => {
    const rig = await startServer({ host: '::1', heartbeatMs: 50, udpSender: 'sendmmsg' });
    expect(rig.server.sender).toBe('sendmmsg');
    const client = await rig.connect();
    await confirmed(client);
    await rig.publish(200);
    await until('all have come', () => client.recorder.seqs.length === 200);
    expect(client.recorder.seqs).toEqual(upTo(200));
    expect(client.recorder.sendTime).toBeGreaterThan(clock.now() - 60e6);
    expect(client.recorder.sendTime).toBeLessThanOrEqual(clock.now());
  });

  it('sends a message in the turn that flushes it, though its batch is not full', async () => {
    const rig = await startServer({ heartbeatMs: 50 });
    const client = await rig.connect();
    await confirmed(client);
    const { sends } = rig.server.counters;
    rig.broadcast.publish('k', 1);
    // Nobody publishes another one: only the end of the turn can send it.
    await until('it comes', () => client.recorder.seqs.length === 1);
    expect(rig.server.counters.sends - sends).toBe(1);
  });

  it('a server that closes leaves no descriptor in use by it', async () => {
    const rig = await startServer({ heartbeatMs: 50 });
    const client = await rig.connect();
    await confirmed(client);
    rig.broadcast.publish('k', 1);
    await rig.server.close();
    expect(await client.subscription.closed).toBeUndefined();
    expect(client.recorder.seqs).toEqual([1]);
    // Takes the descriptor over; nothing may come out of it.
    const heir = await bound('127.0.0.1');
    const deaf = await bound('127.0.0.1');
    heir.connect(deaf.address().port, '127.0.0.1');
    await once(heir, 'connect');
    let heard = 0;
    deaf.on('message', () => {
      heard += 1;
    });
    rig.broadcast.publish('k', 2);
    rig.broadcast.flush();
    heir.send('over');
    await until('the heir itself is heard', () => heard > 0);
    expect(heard).toBe(1);
  });
});
