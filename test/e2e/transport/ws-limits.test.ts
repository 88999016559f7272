import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { loadTransport } from '../../../src/transports/registry.js';
import {
  range,
  TestBed,
  type TestBedOptions,
  until,
} from '../../support/conformance/transport-support.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { RawWs, upgradeText } from '../../support/net/raw-ws.js';

async function wsBed(options: TestBedOptions = {}): Promise<TestBed> {
  return TestBed.open(await loadTransport('ws'), 'line-json', options);
}

describe('the limits of a WebSocket server', () => {
  it('a plain HTTP request is told in one line what this is, with status 426', async () => {
    const bed = await wsBed();
    const answer = await new Promise<{
      status?: number | undefined;
      upgrade?: string | undefined;
      body: string;
    }>((resolve) => {
      request({ ...bed.server.endpoint, path: '/favicon.ico' }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode, upgrade: response.headers.upgrade, body }),
        );
      }).end();
    });
    expect(answer).toEqual({
      status: 426,
      upgrade: 'websocket',
      body: expect.stringMatching(/^.*WebSocket.*\n$/),
    });
    expect(bed.server.counters).toMatchObject({ refused: 1, malformed: 0 });
  });

  it('pages of other origins are refused with 403; a listed one, and who is not a browser, may connect', async () => {
    const bed = await wsBed({ listen: { origins: ['https://good.example'] } });
    const { endpoint } = bed.server;
    for (const origin of [
      'https://evil.example',
      'null',
      'https://good.example.evil',
      'http://good.example',
    ]) {
      const client = await RawWs.upgrade(endpoint, '/?codec=line-json', [`Origin: ${origin}`]);
      expect(client.head).toMatch(/^HTTP\/1\.1 403 /);
      await until(() => client.ended, 'the server to hang up');
    }
    expect(bed.server.counters).toMatchObject({ accepted: 0, refused: 4 });
    for (const headers of [['Origin: https://good.example'], []]) {
      const client = await RawWs.upgrade(endpoint, '/?codec=line-json', headers);
      await until(() => client.controls.length === 1, 'the welcome');
    }
  });

  it.each([
    ['no version', upgradeText('/').replace('Sec-WebSocket-Version: 13\r\n', ''), '400'],
    ['no key', upgradeText('/').replace(/Sec-WebSocket-Key.*\r\n/, ''), '400'],
    ['a POST', upgradeText('/').replace('GET', 'POST'), '405'],
    ['another protocol', upgradeText('/').replace('Upgrade: websocket', 'Upgrade: h2c'), '400'],
    ['no HTTP', '{"codec":"msgpack"}\n', '400'],
    ['headers above 16 KiB', upgradeText(`/?keys=${'k'.repeat(17_000)}`), '400'],
  ])('an upgrade with %s is refused and counted', async (_, text, status) => {
    const bed = await wsBed();
    const client = await RawWs.open(bed.server.endpoint, text);
    await until(() => client.ended, 'the server to hang up');
    expect(client.head).toContain(`HTTP/1.1 ${status} `);
    expect(bed.server.counters).toMatchObject({ accepted: 0, refused: 1, malformed: 1 });
    await bed.connect();
  });

  it('a handshake that stops half way is given up in time', async () => {
    const clock = new FakeClock();
    const bed = await wsBed({ listen: { clock, heartbeatMs: 60_000, handshakeTimeoutMs: 700 } });
    const clients = await Promise.all(
      ['', 'GET / HTTP/1.1\r\nUpgrade: webso', 'GET / HTTP/1.1\r\nHost: x\r\n'].map((text) =>
        RawWs.open(bed.server.endpoint, text),
      ),
    );
    // Beside the heartbeat and the two of looking after connections.
    await until(() => clock.pending === 3 + clients.length, 'a timer for each');
    clock.advance(699);
    expect(bed.server.counters.refused).toBe(0);
    clock.advance(1);
    await until(() => clients.every(({ ended }) => ended), 'all to be hung up on');
    expect(bed.server.counters).toMatchObject({ refused: 3, malformed: 0 });
    expect(clock.pending, 'the heartbeat alone').toBe(1);
  });

  it('connections that have not subscribed are capped: the one that has waited for longest makes room; those that have are not counted', async () => {
    const bed = await wsBed({ listen: { maxWaiting: 2, graceMs: 1e6 } });
    const subscribed = await bed.connectMany(2);
    const waiting = [
      await RawWs.open(bed.server.endpoint),
      await RawWs.upgrade(bed.server.endpoint),
    ];
    const [oldest, other] = waiting as [RawWs, RawWs];
    const third = await RawWs.open(bed.server.endpoint);
    await until(() => oldest.ended, 'the first to be hung up on');
    expect(bed.server.counters).toMatchObject({ accepted: 2, refused: 1, evicted: 1 });
    expect([other.ended, third.ended]).toEqual([false, false]);
    bed.publish(3);
    await until(
      () => subscribed.every(({ recorder }) => recorder.seqs.length === 3),
      'the feed to go on',
    );
  });

  it.each<[string, (client: RawWs) => void, number]>([
    [
      'a message above 64 KiB',
      ({ socket }) => socket.write(Buffer.from('81ff0000000000010001000000', 'hex')),
      1_009,
    ],
    [
      'an unmasked frame',
      ({ socket }) => socket.write(Buffer.from('810548656c6c6f', 'hex')),
      1_002,
    ],
    ['an unknown opcode', ({ socket }) => socket.write(Buffer.from('8380000000', 'hex')), 1_002],
    [
      'a compressed frame nobody agreed on',
      ({ socket }) => socket.write(Buffer.from('c180000000', 'hex')),
      1_002,
    ],
    ['text that is not UTF-8', (client) => client.send(1, Buffer.of(0xc3, 0x28)), 1_007],
    [
      'thousands of fragments',
      ({ socket }) => {
        socket.write(Buffer.from('018000000000', 'hex'));
        for (let i = 0; i < 3_000; i++) socket.write(Buffer.from('008000000000', 'hex'));
      },
      1_008,
    ],
  ])(
    '%s closes that connection with its code, before and after subscribing, and no other',
    async (_, act, code) => {
      const bed = await wsBed({ listen: { graceMs: 1e6 } });
      const other = await bed.connect();
      const before = await RawWs.upgrade(bed.server.endpoint);
      const after = await RawWs.upgrade(bed.server.endpoint, '/?codec=line-json');
      await until(() => after.controls.length === 1, 'the welcome');
      for (const client of [before, after]) {
        act(client);
        await until(() => client.closeCode !== undefined, 'the close frame');
        expect(client.closeCode).toBe(code);
      }
      expect(bed.server.counters).toMatchObject({
        accepted: 2,
        refused: 1,
        ended: 1,
        malformed: 2,
      });
      bed.publish(3);
      await until(() => other.recorder.seqs.length === 3, 'the feed to go on');
      expect(after.seqs, 'nothing after the close frame').toEqual([]);
    },
  );
});

describe('a client that died', () => {
  const listen = { heartbeatMs: 1_000, pingMs: 2_000, pongTimeoutMs: 6_000 };

  it('is found by its silence and cut; one that answers pings stays', async () => {
    const clock = new FakeClock();
    const bed = await wsBed({ listen: { ...listen, clock } });
    const dead = await RawWs.upgrade(bed.server.endpoint, '/?codec=line-json');
    const { subscription } = await bed.connect();
    await until(() => dead.controls.length === 1, 'the welcome');
    const pings = (): number => dead.frames.filter(({ opcode }) => opcode === 9).length;
    for (let second = 1; second <= 6; second++) {
      clock.advance(1_000);
      // The welcome counts as the first sign of life of the server.
      await until(() => dead.controls.length === second, 'the heartbeat');
      // The other one's pong may be on its way to the server: it is to have its turn before the
      // next second.
      await roundTrip(bed);
    }
    expect(pings(), 'every other heartbeat').toBe(3);
    expect(bed.broadcast.counters.clients).toBe(2);
    clock.advance(1_000);
    expect(bed.broadcast.counters.clients).toBe(1);
    await until(() => dead.closeCode !== undefined, 'the close frame');
    expect(dead.items.at(-1)).toEqual({ control: 'end', reason: 'LAB_ERR_PEER_TIMEOUT' });
    clock.advance(2_000);
    await until(() => dead.ended, 'the connection to go');
    const ended = await Promise.race([subscription.closed, 'still open']);
    expect(ended).toBe('still open');
  });

  it('is not pinged all at once with others', async () => {
    const clock = new FakeClock();
    const bed = await wsBed({ listen: { heartbeatMs: 1_000, pingMs: 5_000, clock } });
    const clients = await Promise.all(
      range(1, 10).map(() => RawWs.upgrade(bed.server.endpoint, '/?codec=line-json')),
    );
    await until(() => clients.every(({ controls }) => controls.length === 1), 'the welcomes');
    for (let second = 1; second <= 5; second++) {
      clock.advance(1_000);
      const pinged = (): number =>
        clients.filter(({ frames }) => frames.some(({ opcode }) => opcode === 9)).length;
      await until(
        () => clients.every(({ controls }) => controls.length === second),
        'the heartbeats',
      );
      await until(() => pinged() >= 2 * second, 'two more pings');
      expect(pinged()).toBe(2 * second);
    }
  });

  /** Goes to the server and back: whatever was on its way before has arrived. */
  async function roundTrip(bed: TestBed): Promise<void> {
    const client = await RawWs.upgrade(bed.server.endpoint, '/?request=message');
    client.send(9, '');
    await until(() => client.frames.some(({ opcode }) => opcode === 10), 'the pong');
    client.socket.destroy();
  }
});
