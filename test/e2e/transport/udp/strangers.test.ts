import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEnd,
  encodeEnd,
  encodeReport,
} from '../../../../src/transports/datagram/control-packets.js';
import {
  type Accept,
  decodeAccept,
  decodeReject,
  decodeRetry,
  encodeHello,
  encodeSubscribe,
  type Retry,
} from '../../../../src/transports/datagram/handshake-packets.js';
import { PACKET, packetType, writeHeader } from '../../../../src/transports/datagram/wire.js';
import { type Rig, Stranger, startServer, until } from '../../../support/net/udp-rig.js';

const credential = Buffer.alloc(0);
const nonce = Buffer.from('a1b2c3d4e5f60718', 'hex');
const hello = encodeHello({ nonce, versions: [1] });

async function retryOf(stranger: Stranger): Promise<Retry> {
  return decodeRetry(await stranger.ask(hello)) as Retry;
}

function subscribeWith(token: Buffer, as = nonce, request = '{}'): Buffer {
  const told = { receiveBufferBytes: 0, repair: false };
  return encodeSubscribe({ version: 1, nonce: as, token, credential, request, ...told });
}

async function accepted(stranger: Stranger, as = nonce): Promise<Accept> {
  const retry = decodeRetry(await stranger.ask(encodeHello({ nonce: as, versions: [1] }))) as Retry;
  return decodeAccept(await stranger.ask(subscribeWith(retry.token, as))) as Accept;
}

function report({ epoch, id }: Pick<Accept, 'epoch' | 'id'>): Buffer {
  return encodeReport({ epoch, id, highest: 0, received: 0, lost: 0, jitter: 0 });
}

function dataPacket(): Buffer {
  const bytes = Buffer.alloc(40);
  writeHeader(bytes, PACKET.data, 0, { high: 1, low: 1 }, 1, 1, 1, 0);
  return bytes;
}

function reserved(type: 9 | 10 | 11): Buffer {
  const bytes = Buffer.alloc(1_300);
  writeHeader(bytes, type, 0, { high: 1, low: 1 }, 1, 1, 1, 0);
  return bytes;
}

/** A well-formed subscriber can still join and is served. */
async function stillServes(rig: Rig): Promise<void> {
  const { recorder } = await rig.connect();
  rig.broadcast.publish('key', 1);
  await until('the server still serves', () => recorder.seqs.length > 0);
}

describe('an address that has proved nothing', () => {
  it('gets silence for everything but a whole HELLO, and each try is counted', async () => {
    const rig = await startServer();
    const stranger = await Stranger.to(rig.server.endpoint.port);
    const epoch = { high: 1, low: 1 };
    const nonsense = [
      Buffer.alloc(0),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      randomBytes(1_400),
      hello.subarray(0, 1_199),
      Buffer.concat([hello.subarray(0, 36), Buffer.alloc(1_164, 0xff)]).fill(0, 0, 1),
      subscribeWith(randomBytes(24)),
      subscribeWith(Buffer.alloc(24)),
      dataPacket(),
      reserved(PACKET.nak),
      reserved(PACKET.repair),
      reserved(PACKET.gap),
      report({ epoch, id: randomBytes(8) }),
      encodeEnd({ epoch, id: randomBytes(8), seq: 0, dseq: 0, sendTime: 0, reason: 'closed' }),
    ];
    for (const bytes of nonsense) await stranger.say(bytes);
    await until('all are counted', () => rig.server.counters.malformed === nonsense.length);
    expect(rig.server.packets).toEqual({
      received: { hello: 1, subscribe: 2, report: 1, nak: 1, end: 1, other: 7 },
      ignored: { malformed: 9, bad_token: 2, unknown_subscriber: 2, closing: 0 },
      answered: { retry: 0, accept: 0, accept_again: 0, reject: 0 },
    });
    expect(stranger.heard).toEqual([]);
    expect(rig.server.counters.sends).toBe(0);
    await stillServes(rig);
  });

  it('gets at most as many bytes as it sent', async () => {
    const rig = await startServer();
    const stranger = await Stranger.to(rig.server.endpoint.port);
    for (let i = 0; i < 50; i++)
      await stranger.ask(encodeHello({ nonce: randomBytes(8), versions: [1] }));
    expect(stranger.heard.map((bytes) => packetType(bytes))).toEqual(
      new Array(50).fill(PACKET.retry),
    );
    expect(stranger.heardBytes).toBeLessThan(stranger.sentBytes / 10);
    expect(rig.broadcast.counters.clients).toBe(0);
    // Who never returns a token shows in the counters.
    expect(rig.server.packets?.received).toMatchObject({ hello: 50, subscribe: 0 });
    expect(rig.server.packets?.answered).toMatchObject({ retry: 50, accept: 0 });
  });

  it('cannot use the token of another address or nonce', async () => {
    const rig = await startServer();
    const victim = await Stranger.to(rig.server.endpoint.port);
    const thief = await Stranger.to(rig.server.endpoint.port);
    const { token } = await retryOf(victim);
    await thief.say(subscribeWith(token));
    await victim.say(subscribeWith(token, randomBytes(8)));
    await until('both are counted', () => rig.server.counters.malformed === 2);
    expect(rig.server.packets?.ignored).toMatchObject({ malformed: 0, bad_token: 2 });
    expect(thief.heard).toEqual([]);
    expect(rig.broadcast.counters.clients).toBe(0);
  });

  it('of another wire version learns which ones the server speaks', async () => {
    const rig = await startServer();
    const stranger = await Stranger.to(rig.server.endpoint.port);
    const retry = decodeRetry(await stranger.ask(encodeHello({ nonce, versions: [7, 9] })));
    expect(retry?.versions).toEqual([1, 2]);
  });
});

describe('an address with a valid token', () => {
  it('gets the same ACCEPT again while it has not confirmed it, and silence afterwards', async () => {
    const rig = await startServer({ heartbeatMs: 60_000 });
    const stranger = await Stranger.to(rig.server.endpoint.port);
    const subscribe = subscribeWith((await retryOf(stranger)).token);
    const first = await stranger.ask(subscribe);
    expect(await stranger.ask(subscribe)).toEqual(first);
    const heartbeat = await stranger.ask(report(decodeAccept(first) as Accept));
    expect(packetType(heartbeat)).toBe(PACKET.heartbeat);
    const before = stranger.heard.length;
    await stranger.say(subscribe);
    rig.broadcast.publish('key', 1);
    await until('the message comes', () => stranger.heard.length > before);
    expect(stranger.heard.slice(before).map((bytes) => packetType(bytes))).toEqual([PACKET.data]);
    expect(rig.server.counters).toMatchObject({ accepted: 1, malformed: 0 });
    expect(rig.server.packets).toEqual({
      received: { hello: 1, subscribe: 3, report: 1, nak: 0, end: 0, other: 0 },
      ignored: { malformed: 0, bad_token: 0, unknown_subscriber: 0, closing: 0 },
      answered: { retry: 1, accept: 1, accept_again: 1, reject: 0 },
    });
  });

  it('gets no data before it has confirmed with its id, and then everything', async () => {
    const rig = await startServer();
    const stranger = await Stranger.to(rig.server.endpoint.port);
    const accept = await accepted(stranger);
    const before = stranger.heard.length;
    rig.broadcast.publish('key', 1);
    rig.broadcast.flush();
    await stranger.say(report({ epoch: accept.epoch, id: randomBytes(8) }));
    await stranger.say(report({ epoch: { high: 0, low: 0 }, id: accept.id }));
    await until('the wrong ones are counted', () => rig.server.counters.malformed === 2);
    expect(rig.server.packets?.ignored.unknown_subscriber).toBe(2);
    expect(stranger.heard).toHaveLength(before);
    const data = await stranger.ask(report(accept));
    expect(packetType(data)).toBe(PACKET.data);
  });

  it('is freed when it never confirms', async () => {
    const rig = await startServer({ leaseMs: 200 });
    await accepted(await Stranger.to(rig.server.endpoint.port));
    await until('the lease ends', () => rig.broadcast.counters.clients === 0);
    expect(rig.server.counters).toMatchObject({ accepted: 1, ended: 1 });
  });

  it('is told and freed when its reports stop', async () => {
    const rig = await startServer({ leaseMs: 200, heartbeatMs: 60_000 });
    const stranger = await Stranger.to(rig.server.endpoint.port);
    await stranger.ask(report(await accepted(stranger)));
    await until('END comes', () => packetType(stranger.heard.at(-1) as Buffer) === PACKET.end);
    expect(decodeEnd(stranger.heard.at(-1) as Buffer)?.reason).toBe('LAB_ERR_PEER_TIMEOUT');
    expect(rig.broadcast.counters.clients).toBe(0);
  });

  it('replaces its old subscription when it starts again with a new nonce', async () => {
    const rig = await startServer();
    const stranger = await Stranger.to(rig.server.endpoint.port);
    const old = await accepted(stranger);
    await stranger.ask(report(old));
    const young = await accepted(stranger, randomBytes(8));
    expect(young.id).not.toEqual(old.id);
    expect(rig.server.counters).toMatchObject({ accepted: 2, ended: 1 });
    expect(rig.broadcast.counters.clients).toBe(1);
    await stranger.say(report(old));
    await until('the old id is refused', () => rig.server.counters.malformed === 1);
  });

  it('cannot end the subscription of another address, even with its id', async () => {
    const rig = await startServer();
    const { epoch, id } = await accepted(await Stranger.to(rig.server.endpoint.port));
    const other = await Stranger.to(rig.server.endpoint.port);
    await other.say(encodeEnd({ epoch, id, seq: 0, dseq: 0, sendTime: 0, reason: 'closed' }));
    await until('it is counted', () => rig.server.counters.malformed === 1);
    expect(rig.broadcast.counters.clients).toBe(1);
  });

  it.each(['', '[', '{"codec":1}', '{"nope":true}', '\ud800'])(
    'is refused in words when its request is %j',
    async (request) => {
      const rig = await startServer();
      const stranger = await Stranger.to(rig.server.endpoint.port);
      const { token } = await retryOf(stranger);
      const reject = decodeReject(await stranger.ask(subscribeWith(token, nonce, request)));
      expect(reject).toMatchObject({ nonce, reason: 'LAB_ERR_BAD_REQUEST' });
      expect(rig.server.counters.refused).toBe(1);
      expect(rig.server.packets?.answered).toMatchObject({ accept: 0, reject: 1 });
    },
  );
});

describe('the server', () => {
  it('survives any datagrams, with a valid token or without, and remembers nothing of them', async () => {
    const rig = await startServer();
    const stranger = await Stranger.to(rig.server.endpoint.port);
    const { token } = await retryOf(stranger);
    const seeds = [
      hello,
      subscribeWith(token),
      dataPacket(),
      report({ epoch: { high: 1, low: 1 }, id: nonce }),
    ];
    const change = fc.record({ at: fc.nat({ max: 120 }), to: fc.integer({ min: 0, max: 255 }) });
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat({ max: 1_300 }),
      )
      .map(([seed, changes, length]) => {
        const bytes = Buffer.from(seed);
        for (const { at, to } of changes) if (at < bytes.length) bytes[at] = to;
        return length > 1_200 ? bytes : bytes.subarray(0, length);
      });
    const anything = fc.uint8Array({ maxLength: 1_400 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(mutated, anything), { maxLength: 10 }),
        async (datagrams) => {
          for (const bytes of datagrams) await stranger.say(bytes);
        },
      ),
      { numRuns: 60 },
    );
    await stillServes(rig);
    expect(rig.broadcast.counters.clients).toBeLessThanOrEqual(2);
    expect(stranger.heardBytes).toBeLessThan(stranger.sentBytes);
  });
});
