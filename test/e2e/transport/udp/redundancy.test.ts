import { describe, expect, it } from 'vitest';
import { subscribe } from '../../../../src/client/feed.js';
import { systemClock } from '../../../../src/core/clock.js';
import type { ClientSockets } from '../../../../src/transports/client-sockets.js';
import { PACKET } from '../../../../src/transports/datagram/wire.js';
import { openNativeSockets } from '../../../../src/transports/native/client/native-sockets.js';
import { NODE_SOCKETS } from '../../../../src/transports/node/node-sockets.js';
import {
  afterwards,
  confirmed,
  type Rig,
  startServer,
  until,
  upTo,
} from '../../../support/net/udp-rig.js';

const sockets: [string, ClientSockets][] = [['node', NODE_SOCKETS]];
const native = await openNativeSockets(systemClock()).catch(() => undefined);
if (native !== undefined) sockets.push(['native', native]);

const WAYS = sockets.flatMap(([name, made]) =>
  (['fec', 'copy'] as const).map((repair) => ({ name, made, repair })),
);

/** Each message with a key of its own, so that none replaces another, and in its own datagram. */
async function publish({ broadcast }: Rig, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    broadcast.publish(`key${i}`, { i });
    broadcast.flush();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

describe.each(WAYS)('$repair over a bad network, by $name sockets', ({ made, repair }) => {
  it('brings back what was lost, once, without a question', async () => {
    const rig = await startServer({ repair, leaseMs: 500 });
    const relay = await rig.relay();
    const client = await rig.connect({ repair, sockets: made }, relay.port);
    await confirmed(client);
    let asked = 0;
    // Nothing that lies in one block of 25, in whatever way it is interleaved.
    relay.rule = (direction, type, index) => {
      if (type === PACKET.nak) asked += 1;
      return direction === 'down' && type === PACKET.data && index % 130 === 4 ? 'drop' : 'pass';
    };
    await publish(rig, 300);
    const { recorder, subscription } = client;
    await until('everything comes', () => new Set(recorder.seqs).size === 300);
    expect(recorder.seqs.toSorted((a, b) => a - b)).toEqual(upTo(300));
    expect(asked).toBe(0);
    expect(subscription.counters).toMatchObject({ datagramsLost: 3, malformed: 0 });
    expect(subscription.repairs).toMatchObject({ repaired: 3, used: 3, spurious: 0, futile: 0 });
    expect(rig.server.counters).toMatchObject({ malformed: 0, sentMessages: 300, naks: 0 });
    const { repairBytes, sendBytes } = rig.server.counters;
    expect(repairBytes).toBeGreaterThan(0);
    if (repair === 'fec') expect(repairBytes).toBeLessThan(0.26 * (sendBytes - repairBytes));
    else expect(repairBytes).toBeLessThanOrEqual(sendBytes - repairBytes);
  });

  it('brings back a lost tail, as soon as nothing more comes', async () => {
    const rig = await startServer({ repair });
    const relay = await rig.relay();
    const client = await rig.connect({ repair, sockets: made }, relay.port);
    await confirmed(client);
    relay.rule = (direction, type, index) =>
      direction === 'down' && type === PACKET.data && index === 6 ? 'drop' : 'pass';
    await publish(rig, 7);
    await until('everything comes', () => client.recorder.seqs.length === 7);
    expect(client.recorder.seqs).toEqual(upTo(7));
    expect(client.subscription.repairs).toMatchObject({ repaired: 1, used: 1 });
  });
});

describe.each(['fec', 'copy'] as const)('%s', (repair) => {
  it.each([
    ['the server does not offer it', 'none', repair],
    ['the server offers something else', 'nak', repair],
    ['the client does not ask for it', repair, 'none'],
    ['the client asks for something else', repair, 'nak'],
  ] as const)('is not there when %s', async (_why, offered, asked) => {
    const rig = await startServer({ repair: offered });
    const relay = await rig.relay();
    const client = await rig.connect({ repair: asked }, relay.port);
    await confirmed(client);
    relay.rule = (direction, type, index) =>
      direction === 'down' && type === PACKET.data && index === 4 ? 'drop' : 'pass';
    await publish(rig, 20);
    await until('all others come', () => client.recorder.seqs.length === 19);
    expect(client.subscription.repairs).toBeUndefined();
    expect(rig.server.counters).toMatchObject({ repairs: 0, repairBytes: 0 });
    expect(client.subscription.counters).toMatchObject({ datagramsLost: 1, malformed: 0 });
  });

  it('gives a feed every message, and tells of no gap', async () => {
    const rig = await startServer({ repair });
    const relay = await rig.relay();
    const gaps: unknown[] = [];
    const feed = subscribe(`udp://127.0.0.1:${relay.port}`, {
      repair,
      onEvent: (event) => event.type === 'gap' && gaps.push(event),
    });
    afterwards(() => feed.close());
    await until('it has subscribed', () => rig.server.counters.accepted === 1);
    relay.rule = (direction, type, index) =>
      direction === 'down' && type === PACKET.data && index % 130 === 30 ? 'drop' : 'pass';
    await publish(rig, 200);
    const seqs: number[] = [];
    for await (const { seq } of feed) {
      seqs.push(seq);
      if (seqs.length === 200) break;
    }
    expect(seqs.toSorted((a, b) => a - b)).toEqual(upTo(200));
    expect(gaps).toEqual([]);
  });

  it('is for a feed of all keys', () => {
    expect(() => subscribe('udp://127.0.0.1:9', { repair, keys: ['a'] })).toThrow(
      /`repair` is for a feed of all keys/,
    );
  });
});

describe('copy', () => {
  it('leaves out what has been replaced: of ten keys in turn, ten datagrams later, everything', async () => {
    const rig = await startServer({ repair: 'copy' });
    const client = await rig.connect({ repair: 'copy' });
    await confirmed(client);
    await rig.publish(100);
    await until('the last ones are copied', () => rig.server.counters.repairs === 10);
    expect(rig.server.counters).toMatchObject({ repairs: 10, repairsSuperseded: 90 });
    const { subscription } = client;
    await until('they come', () => subscription.repairs?.redundant === 10);
    expect(subscription.repairs).toMatchObject({ used: 0, unused: 10, repaired: 0 });
    expect(client.recorder.seqs).toEqual(upTo(100));
  });
});
