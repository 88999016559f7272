import { describe, expect, it } from 'vitest';
import { subscribe } from '../../../../src/client/feed.js';
import { systemClock } from '../../../../src/core/clock.js';
import type { ClientSockets } from '../../../../src/transports/client-sockets.js';
import { PACKET } from '../../../../src/transports/datagram/wire.js';
import { openNativeSockets } from '../../../../src/transports/native/client/native-sockets.js';
import { NODE_SOCKETS } from '../../../../src/transports/node/node-sockets.js';
import type { Rule } from '../../../support/net/udp-relay.js';
import { afterwards, confirmed, startServer, until, upTo } from '../../../support/net/udp-rig.js';

/** Every tenth datagram of this type to the client is lost. */
function losing(...types: number[]): Rule {
  return (direction, type, index) =>
    direction === 'down' && types.includes(type) && index % 10 === 4 ? 'drop' : 'pass';
}

const sockets: [string, ClientSockets][] = [['node', NODE_SOCKETS]];
const native = await openNativeSockets(systemClock()).catch(() => undefined);
if (native !== undefined) sockets.push(['native', native]);

describe.each(sockets)('repair over a bad network, by %s sockets', (_, made) => {
  it('brings what was lost, once, and repairs that are lost too', async () => {
    const rig = await startServer({ repair: 'nak' });
    const relay = await rig.relay();
    const client = await rig.connect({ repair: 'nak', sockets: made }, relay.port);
    await confirmed(client);
    relay.rule = losing(PACKET.data, PACKET.repair);
    await rig.publish(300);
    const { recorder, subscription } = client;
    await until('everything comes', () => new Set(recorder.seqs).size === 300);
    expect(recorder.seqs.toSorted((a, b) => a - b)).toEqual(upTo(300));
    expect(subscription.counters.datagramsLost).toBe(30);
    // On a busy machine a client asks twice for what is on its way.
    expect(subscription.repairs).toMatchObject({ repaired: 30, late: 0, refused: 0 });
    expect(rig.server.counters).toMatchObject({ malformed: 0, sentMessages: 300 });
    expect(rig.server.counters.repairs).toBeGreaterThan(30);
  });

  it('is told of what the server no longer has, and asks no more', async () => {
    const rig = await startServer({
      repair: 'nak',
      broadcast: { retention: { messages: 2, bytes: 1e6 } },
    });
    const relay = await rig.relay();
    const client = await rig.connect({ repair: 'nak', sockets: made }, relay.port);
    await confirmed(client);
    let held: boolean = true;
    relay.rule = (direction, type, index) => {
      if (direction === 'up') return held && type === PACKET.nak ? 'drop' : 'pass';
      return type === PACKET.data && index === 4 ? 'drop' : 'pass';
    };
    await rig.publish(10);
    held = false;
    await rig.publish(40);
    const { subscription } = client;
    await until('the gap is told', () => subscription.repairs?.refused === 1);
    expect(client.recorder.seqs).not.toContain(5);
    expect(subscription.repairs).toMatchObject({ repaired: 0, futile: 0 });
  });
});

describe('repair', () => {
  it.each([
    ['the server does not offer it', 'none', 'nak'],
    ['the client does not ask for it', 'nak', 'none'],
  ] as const)('is not there when %s', async (_why, offered, asked) => {
    const rig = await startServer({ repair: offered });
    const relay = await rig.relay();
    const client = await rig.connect({ repair: asked }, relay.port);
    await confirmed(client);
    let naks = 0;
    relay.rule = (direction, type, index) => {
      if (type === PACKET.nak) naks += 1;
      return direction === 'down' && type === PACKET.data && index === 4 ? 'drop' : 'pass';
    };
    await rig.publish(20);
    await until('all others come', () => client.recorder.seqs.length === 19);
    expect(client.subscription.repairs).toBeUndefined();
    expect(naks).toBe(0);
    expect(client.subscription.counters).toMatchObject({ datagramsLost: 1, malformed: 0 });
  });

  it('leaves out, for a client with keys, what was never its own', async () => {
    const rig = await startServer({ repair: 'nak' });
    const relay = await rig.relay();
    const client = await rig.connect({ repair: 'nak', keys: ['key3', 'key7'] }, relay.port);
    await confirmed(client);
    relay.rule = losing(PACKET.data);
    await rig.publish(200);
    const own = upTo(200).filter((seq) => seq % 10 === 4 || seq % 10 === 8);
    const { recorder, subscription } = client;
    await until('everything comes', () => recorder.seqs.length === own.length);
    expect(recorder.seqs.toSorted((a, b) => a - b)).toEqual(own);
    expect(subscription.repairs).toMatchObject({ repaired: 4, refused: 0, futile: 0 });
  });
});

describe('a feed with repair', () => {
  it('has every message, and tells of no gap', async () => {
    const rig = await startServer({ repair: 'nak' });
    const relay = await rig.relay();
    const gaps: unknown[] = [];
    const feed = subscribe(`udp://127.0.0.1:${relay.port}`, {
      repair: 'nak',
      onEvent: (event) => event.type === 'gap' && gaps.push(event),
    });
    afterwards(() => feed.close());
    await until('it has subscribed', () => rig.server.counters.accepted === 1);
    relay.rule = losing(PACKET.data);
    await rig.publish(100);
    const seqs: number[] = [];
    for await (const { seq } of feed) {
      seqs.push(seq);
      if (seqs.length === 100) break;
    }
    expect(seqs.toSorted((a, b) => a - b)).toEqual(upTo(100));
    expect(gaps).toEqual([]);
  });

  it('is for all keys: of which key a lost datagram was cannot be told', () => {
    expect(() => subscribe('udp://127.0.0.1:9', { repair: 'nak', keys: ['a'] })).toThrow(
      /`repair` is for a feed of all keys/,
    );
  });
});
