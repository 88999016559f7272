import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock, type Timer } from '../../../../src/core/clock.js';
import type { ClientSockets } from '../../../../src/transports/client-sockets.js';
import { PACKET, seqOf } from '../../../../src/transports/datagram/wire.js';
import { openNativeSockets } from '../../../../src/transports/native/client/native-sockets.js';
import { NODE_SOCKETS } from '../../../../src/transports/node/node-sockets.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import type { Fate, Rule } from '../../../support/net/udp-relay.js';
import { confirmed, startServer, until, upTo } from '../../../support/net/udp-rig.js';

/** A small generator (mulberry32), so that the same network fails in the same way every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Loses, doubles and delays data datagrams by chance, and keeps the books. */
class Faults {
  readonly lostSeqs: number[] = [];
  readonly doubledSeqs: number[] = [];
  reordered = 0;
  #holding = false;
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  readonly rule: Rule = (direction, type, _index, bytes) => {
    if (direction === 'up') return 'pass';
    if (type !== PACKET.data) {
      // A held datagram that a heartbeat or END sets free has been overtaken by no data.
      this.#holding = false;
      return 'pass';
    }
    const fate = this.#fate(this.#next());
    if (fate === 'drop') this.lostSeqs.push(seqOf(bytes));
    if (fate === 'twice') this.doubledSeqs.push(seqOf(bytes));
    if (fate === 'hold') {
      this.#holding = true;
    } else if (fate !== 'drop' && this.#holding) {
      this.reordered += 1;
      this.#holding = false;
    }
    return fate;
  };

  #fate(chance: number): Fate {
    if (chance < 0.1) return 'drop';
    if (chance < 0.2) return 'twice';
    return chance < 0.3 && !this.#holding ? 'hold' : 'pass';
  }
}

/** Its timers come due as the test says, its second looks as the event loop does. */
class StallClock extends FakeClock {
  secondLooks = 0;

  override setImmediate(callback: () => void): Timer {
    this.secondLooks += 1;
    return systemClock().setImmediate(callback);
  }
}

/** Who receives what is left; the relay answers one address, and so no virtual clients. */
const RECEIVERS: readonly { name: string; sockets: ClientSockets | undefined }[] = [
  { name: 'node', sockets: NODE_SOCKETS },
  { name: 'native', sockets: await openNativeSockets(systemClock()).catch(() => undefined) },
];
const AVAILABLE = RECEIVERS.flatMap(({ name, sockets }) =>
  sockets === undefined ? [] : [{ name, sockets }],
);

describe.each(AVAILABLE)('a bad network before $name sockets', ({ sockets }) => {
  it.each([1, 2, 3])(
    'is measured exactly: lost, doubled and reordered datagrams (seed %i)',
    async (seed) => {
      const rig = await startServer({ heartbeatMs: 200 });
      const relay = await rig.relay();
      const client = await rig.connect({ sockets }, relay.port);
      await confirmed(client);
      const { recorder, subscription } = client;
      const faults = new Faults(seed);
      relay.rule = faults.rule;
      await rig.publish(300);
      const { counters } = subscription;
      await until('a heartbeat settles the tail', () => {
        const last = recorder.controls.at(-1);
        return last?.control === 'heartbeat' && last.next === 301;
      });
      expect(faults.lostSeqs.length).toBeGreaterThan(10);
      expect(faults.reordered).toBeGreaterThan(10);
      expect(counters).toMatchObject({
        reads: 300 - faults.lostSeqs.length + faults.doubledSeqs.length,
        datagramsLost: faults.lostSeqs.length,
        datagramsDuplicated: faults.doubledSeqs.length,
        datagramsReordered: faults.reordered,
        malformed: 0,
      });
      const expected = [
        ...upTo(300).filter((seq) => !faults.lostSeqs.includes(seq)),
        ...faults.doubledSeqs,
      ];
      expect(recorder.seqs.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
      expect(recorder.ofKind('lagged')).toEqual([]);
    },
  );

  it('cannot hide the loss of the tail: END names what should have come', async () => {
    const rig = await startServer();
    const relay = await rig.relay();
    const client = await rig.connect({ sockets }, relay.port);
    await confirmed(client);
    const { recorder, subscription } = client;
    relay.rule = (_way, type, index) => (type === PACKET.data && index >= 2 ? 'drop' : 'pass');
    await rig.publish(5);
    await rig.server.close();
    expect(await subscription.closed).toBeUndefined();
    expect(recorder.seqs).toEqual([1, 2]);
    expect(subscription.counters.datagramsLost).toBe(3);
  });

  it('that loses END loses only the first copies', async () => {
    const rig = await startServer();
    const relay = await rig.relay();
    const client = await rig.connect({ sockets }, relay.port);
    await confirmed(client);
    const { recorder, subscription } = client;
    relay.rule = (way, type, index) =>
      way === 'down' && type === PACKET.end && index < 2 ? 'drop' : 'pass';
    await rig.server.close();
    expect(await subscription.closed).toBeUndefined();
    expect(recorder.ofKind('end')).toHaveLength(1);
  });

  it('is not what a client that stood still itself has to blame: what waits for it is read first', async () => {
    const clock = new StallClock();
    const rig = await startServer();
    const client = await rig.connect({ clock });
    await confirmed(client);
    await rig.publish(1);
    await until('message 1', () => client.recorder.seqs.length === 1);
    // From here the event loop has not looked at its sockets when the timers of the client come
    // due.
    await setImmediate();
    rig.broadcast.publish('k', 2);
    rig.broadcast.flush();
    clock.spend(60_000_000);
    clock.advance(0);
    expect(clock.secondLooks).toBe(1);
    await until('message 2', () => client.recorder.seqs.length === 2);
    await setImmediate();
    clock.spend(60_000_000);
    clock.advance(0);
    expect(await client.subscription.closed).toMatchObject({ code: 'LAB_ERR_PEER_TIMEOUT' });
  });

  it('that goes dark ends the subscription on both sides', async () => {
    const rig = await startServer({ heartbeatMs: 50, leaseMs: 300 });
    const relay = await rig.relay();
    const client = await rig.connect({ sockets }, relay.port);
    await confirmed(client);
    const { subscription } = client;
    relay.rule = () => 'drop';
    expect(await subscription.closed).toMatchObject({ code: 'LAB_ERR_PEER_TIMEOUT' });
    await until('the server frees the lease', () => rig.server.counters.ended === 1);
    expect(rig.broadcast.counters.clients).toBe(0);
  });

  it('that breaks the payload is counted, and the stream goes on', async () => {
    const rig = await startServer();
    const relay = await rig.relay();
    const client = await rig.connect({ sockets }, relay.port);
    await confirmed(client);
    const { recorder, subscription } = client;
    relay.rule = (_way, type, index, bytes) => {
      if (type === PACKET.data && index === 1) bytes.fill(0xff, 36);
      return 'pass';
    };
    await rig.publish(3);
    await until('the last comes', () => recorder.seqs.includes(3));
    expect(recorder.seqs).toEqual([1, 3]);
    expect(subscription.counters).toMatchObject({ malformed: 1, datagramsLost: 0, reads: 3 });
  });

  it.each([
    ['another epoch', 4, 0],
    ['a wrong count', 24, 1],
    ['a wrong first sequence number', 12, 1],
  ])('that forges %s is noticed', async (what, offset, messages) => {
    const rig = await startServer();
    const relay = await rig.relay();
    const client = await rig.connect({ sockets }, relay.port);
    await confirmed(client);
    const { recorder, subscription } = client;
    relay.rule = (_way, type, _index, bytes) => {
      if (type === PACKET.data) bytes[offset] = (bytes[offset] as number) ^ 0x40;
      return 'pass';
    };
    await rig.publish(1);
    await until(`${what} is counted`, () => subscription.counters.malformed === 1);
    expect(recorder.seqs).toHaveLength(messages);
  });
});
