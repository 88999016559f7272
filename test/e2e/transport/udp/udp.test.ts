import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Lagged } from '../../../../src/core/message.js';
import { PACKET } from '../../../../src/transports/datagram/wire.js';
import { udp } from '../../../../src/transports/udp/index.js';
import {
  afterwards,
  clock,
  codec,
  msgpack,
  Recorder,
  startServer,
  until,
  upTo,
} from '../../../support/net/udp-rig.js';

describe('the UDP stream', () => {
  it('brings every message to every one of 120 subscribers, in order and once', async () => {
    const rig = await startServer();
    const clients = await Promise.all(
      upTo(120).map((n) => rig.connect({ codec: n % 2 === 0 ? codec : msgpack })),
    );
    await rig.publish(50);
    await until('all have all', () => clients.every(({ recorder }) => recorder.seqs.length >= 50));
    for (const { recorder, subscription } of clients) {
      expect(recorder.seqs).toEqual(upTo(50));
      expect(recorder.controls[0]).toEqual(subscription.welcome);
      expect(subscription.counters).toMatchObject({
        datagramsLost: 0,
        datagramsDuplicated: 0,
        datagramsReordered: 0,
        malformed: 0,
      });
    }
    expect(rig.server.counters).toMatchObject({
      accepted: 120,
      refused: 0,
      sentMessages: 120 * 50,
      sendErrorMessages: 0,
      malformed: 0,
    });
  });

  it('hands on the very bytes the codec wrote, with the time of the send', async () => {
    const rig = await startServer();
    const { recorder } = await rig.connect();
    const before = clock.now();
    rig.broadcast.publish('AAPL', { price: 1.5 }, 1_700_000_000_000_000);
    await until('the message comes', () => recorder.seqs.length === 1);
    const room = Buffer.alloc(200);
    const message = { seq: 1, time: 1_700_000_000_000_000, key: 'AAPL', value: { price: 1.5 } };
    expect(recorder.texts[0]).toBe(room.toString('latin1', 0, codec.encode(message, room, 0)));
    expect(recorder.sendTime).toBeGreaterThanOrEqual(Math.floor(before));
    expect(recorder.sendTime).toBeLessThanOrEqual(clock.now());
  });

  it('packs what is due into few datagrams, none longer than asked for', async () => {
    const rig = await startServer({ datagramBytes: 512 });
    const relay = await rig.relay();
    const lengths: number[] = [];
    relay.rule = (_direction, type, _index, bytes) => {
      if (type === PACKET.data) lengths.push(bytes.length);
      return 'pass';
    };
    const { recorder, subscription } = await rig.connect({}, relay.port);
    for (let i = 0; i < 40; i++) rig.broadcast.publish('key', { i, pad: 'x'.repeat(i) });
    await until('all have come', () => recorder.seqs.length === 40);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(512);
    expect(lengths.length).toBeLessThan(15);
    expect(subscription.counters).toMatchObject({
      reads: lengths.length,
      bytes: lengths.reduce((a, b) => a + b),
    });
  });

  it('starts with the snapshot, then the live feed', async () => {
    const rig = await startServer();
    for (let i = 1; i <= 25; i++) rig.broadcast.publish(`key${i % 10}`, i);
    const { recorder, subscription } = await rig.connect();
    expect(subscription.welcome).toMatchObject({ next: 26, oldest: 1, snapshot: 10 });
    expect(subscription.welcome.epoch).toBe(rig.broadcast.epoch);
    await until('the snapshot has come', () => recorder.seqs.length === 10);
    rig.broadcast.publish('key1', 26);
    await until('all have come', () => recorder.seqs.length === 11);
    expect(recorder.seqs).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]);
  });

  it('replays from a sequence number, and says first what is no longer retained', async () => {
    const rig = await startServer({ broadcast: { retention: { messages: 10, bytes: 1e6 } } });
    for (let i = 1; i <= 30; i++) rig.broadcast.publish('key', i);
    const { recorder } = await rig.connect({ fromSeq: 5 });
    await until('the replay comes', () => recorder.seqs.length === 10);
    expect(recorder.seqs).toEqual(upTo(30).slice(20));
    expect(recorder.ofKind('lagged')).toEqual([
      { control: 'lagged', missed: 16, next: 21 } satisfies Lagged,
    ]);
    // They were gone before it joined: no policy dropped them.
    expect(rig.server.counters.droppedMessages).toBe(0);
    expect(rig.broadcast.counters.truncatedReplays).toBe(1);
  });

  it('does not take the gaps of a key filter for lost or skipped messages', async () => {
    const rig = await startServer();
    const { recorder, subscription } = await rig.connect({ keys: ['key3', 'key7'] });
    await rig.publish(40);
    await until('the chosen keys come', () => recorder.seqs.length === 8);
    expect(recorder.seqs).toEqual([4, 8, 14, 18, 24, 28, 34, 38]);
    expect(recorder.ofKind('lagged')).toEqual([]);
    expect(subscription.counters.datagramsLost).toBe(0);
  });

  it('refuses at publish time what no datagram can carry', async () => {
    const rig = await startServer();
    const { recorder } = await rig.connect();
    expect(() => rig.broadcast.publish('key', 'x'.repeat(1_200))).toThrow(
      expect.objectContaining({
        code: 'LAB_ERR_MESSAGE_TOO_LARGE',
        message: expect.stringContaining('1200'),
      }),
    );
    rig.broadcast.publish('key', 'fits');
    await until('the next one comes', () => recorder.seqs.length === 1);
    expect(recorder.seqs).toEqual([1]);
  });
});

describe('the end of a UDP subscription', () => {
  it('comes to every client after its last message when the server closes', async () => {
    const rig = await startServer();
    const clients = await Promise.all(upTo(20).map(() => rig.connect()));
    for (let i = 0; i < 5; i++) rig.broadcast.publish('key', i);
    await rig.server.close();
    for (const { recorder, subscription } of clients) {
      expect(await subscription.closed).toBeUndefined();
      expect(recorder.seqs).toEqual(upTo(5));
      expect(recorder.controls.at(-1)).toEqual({ control: 'end', reason: 'closed' });
    }
    expect(rig.server.counters).toMatchObject({ accepted: 20, ended: 20 });
  });

  it('comes too when the feed itself is closed', async () => {
    const rig = await startServer();
    const { recorder, subscription } = await rig.connect();
    rig.broadcast.publish('key', 1);
    rig.broadcast.close();
    expect(await subscription.closed).toBeUndefined();
    expect(recorder.seqs).toEqual([1]);
  });

  it('at the wish of the client frees its place at once', async () => {
    const rig = await startServer({ broadcast: { maxClients: 1 } });
    const { subscription } = await rig.connect();
    await subscription.close();
    await subscription.close();
    expect(await subscription.closed).toBeUndefined();
    await until('the server has heard it', () => rig.broadcast.counters.clients === 0);
    await rig.connect();
    expect(rig.server.counters).toMatchObject({ accepted: 2, ended: 1, malformed: 0 });
  });

  it('leaves no socket and no timer behind on either side', async () => {
    const open = (): boolean =>
      process.getActiveResourcesInfo().some((name) => name === 'UDPWrap' || name === 'Timeout');
    await until('the test before has tidied up', () => !open());
    const rig = await startServer();
    const clients = await Promise.all(upTo(5).map(() => rig.connect()));
    await rig.publish(3);
    await clients[0]?.subscription.close();
    await rig.server.close();
    await Promise.all(clients.map(({ subscription }) => subscription.closed));
    await expect(
      udp.connect(rig.server.endpoint, { codec, clock, receiver: new Recorder() }),
    ).rejects.toThrow();
    await until('all is closed', () => !open());
  });
});

describe('sockets', () => {
  it('report the buffer sizes the kernel really gave', async () => {
    const rig = await startServer({ sendBufferBytes: 40_000 });
    const { subscription } = await rig.connect({ receiveBufferBytes: 50_000 });
    const probe = createSocket('udp4');
    await new Promise<void>((resolve) => probe.bind(0, '127.0.0.1', resolve));
    probe.setSendBufferSize(40_000);
    probe.setRecvBufferSize(50_000);
    expect(rig.server.sendBufferBytes).toBe(probe.getSendBufferSize());
    expect(subscription.receiveBufferBytes).toBe(probe.getRecvBufferSize());
    probe.close();
  });

  it('name a port that is taken', async () => {
    const rig = await startServer();
    const again = { host: '127.0.0.1', port: rig.server.endpoint.port, codecs: [codec], clock };
    await expect(udp.listen(rig.broadcast, again)).rejects.toMatchObject({
      code: 'LAB_ERR_PORT_IN_USE',
      message: expect.stringContaining(String(again.port)),
    });
  });

  it.each([
    ['an address of another machine', { host: '192.0.2.1', port: 0 }, 'LAB_ERR_LISTEN'],
    ['a port that is none', { host: '127.0.0.1', port: 70_000 }, 'LAB_ERR_LISTEN'],
    [
      'a datagram size IP would fragment',
      { host: '127.0.0.1', port: 0, datagramBytes: 1_473 },
      'LAB_ERR_BAD_VALUE',
    ],
  ])('refuse to listen on %s', async (_what, options, code) => {
    const rig = await startServer();
    await expect(
      udp.listen(rig.broadcast, { codecs: [codec], clock, ...options }),
    ).rejects.toMatchObject({
      code,
    });
  });

  const ipv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );
  it.skipIf(!ipv6)('speak IPv6 where the host is an IPv6 address', async () => {
    const rig = await startServer({ host: '::1' });
    const { recorder } = await rig.connect();
    rig.broadcast.publish('key', 1);
    await until('the message comes', () => recorder.seqs.length === 1);
    expect(rig.server.endpoint.host).toBe('::1');
  });

  it('find a host by its name', async () => {
    const rig = await startServer({ host: 'localhost' });
    const recorder = new Recorder();
    const endpoint = { host: 'localhost', port: rig.server.endpoint.port };
    const subscription = await udp.connect(endpoint, { codec, clock, receiver: recorder });
    afterwards(() => subscription.close());
    expect(subscription.localPort).toBeGreaterThan(0);
  });
});
