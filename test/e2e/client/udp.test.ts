import { describe, expect, it, onTestFinished } from 'vitest';
import type { FeedOptions } from '../../../src/client/options.js';
import type { Clock } from '../../../src/core/clock.js';
import { PACKET } from '../../../src/transports/datagram/wire.js';
import { range, until } from '../../support/conformance/transport-support.js';
import { type Rule, UdpRelay } from '../../support/net/udp-relay.js';
import {
  clock,
  connected,
  Listener,
  startServer,
  type TestServer,
} from '../../support/server/feed-rig.js';

const QUICK = { listen: { heartbeatMs: 40 } };

interface Bed {
  readonly server: TestServer;
  readonly relay: UdpRelay;
  readonly listener: Listener;
}

/**
 * A feed over UDP through a network that keeps `rule`; the server has had the client's first
 * REPORT.
 */
async function open(
  rule: Rule,
  query = '',
  server?: TestServer,
  options?: FeedOptions,
): Promise<Bed> {
  const behind = server ?? (await startServer('udp', QUICK));
  const relay = await UdpRelay.to(behind.port);
  onTestFinished(() => relay.close());
  relay.rule = rule;
  const listener = new Listener(`udp://127.0.0.1:${relay.port}${query}`, options);
  await connected(listener);
  return { server: behind, relay, listener };
}

/** What the rule does with the data datagrams of these numbers (from 0); the others pass. */
const data =
  (fate: ReturnType<Rule>, ...numbers: readonly number[]): Rule =>
  (_direction, type, index) =>
    type === PACKET.data && numbers.includes(index) ? fate : 'pass';

const settled = ({ listener }: Bed, expected: number): Promise<void> =>
  until(
    () => {
      const stats = listener.feed.stats();
      return stats.expected === expected && stats.received + stats.missed === expected;
    },
    () => JSON.stringify([listener.feed.stats(), listener.notices]),
  );

describe('a feed over UDP', () => {
  it('loses nothing where nothing is lost', async () => {
    const bed = await open(() => 'pass');
    await bed.server.publish(200);
    await settled(bed, 200);
    expect(bed.listener.seqs).toEqual(range(1, 200));
    expect(bed.listener.gaps).toEqual([]);
  });

  it('says exactly which messages the network has lost, once each', async () => {
    const server = await startServer('udp', { listen: { heartbeatMs: 40, datagramBytes: 200 } });
    const bed = await open(
      (_direction, type, index) => (type === PACKET.data && index % 7 === 3 ? 'drop' : 'pass'),
      '',
      server,
    );
    await bed.server.publish(500);
    await settled(bed, 500);
    const { seqs, gaps } = bed.listener;
    const missing = gaps.flatMap(({ from, to }) => range(from, to));
    expect([...seqs, ...missing].sort((a, b) => a - b)).toEqual(range(1, 500));
    expect(missing.length).toBeGreaterThan(20);
    expect(
      gaps.every(
        ({ reason, exact, from, to, missed }) =>
          reason === 'network' && exact && missed === to - from + 1,
      ),
    ).toBe(true);
  });

  it('hands a message that was overtaken over when it comes, and one that came twice once', async () => {
    const twice = data('twice', 20, 21);
    const held = data('hold', 5, 10);
    // However slow the machine is, no hole is given up here.
    const patient: Clock = {
      ...clock,
      setTimeout: (callback, ms) => clock.setTimeout(callback, ms * 20),
    };
    const rule: Rule = (...what) => (held(...what) === 'pass' ? twice(...what) : 'hold');
    const bed = await open(rule, '', undefined, { clock: patient });
    await bed.server.publish(100);
    await settled(bed, 100);
    expect(bed.listener.seqs).not.toEqual(range(1, 100));
    expect([...bed.listener.seqs].sort((a, b) => a - b)).toEqual(range(1, 100));
    expect(bed.listener.feed.stats().duplicates).toBeGreaterThanOrEqual(1);
    expect(bed.listener.gaps).toEqual([]);
  });

  it('sees by a heartbeat or the END that the tail is missing', async () => {
    let lossy = false;
    const rule: Rule = (_direction, type) => (lossy && type === PACKET.data ? 'drop' : 'pass');
    const bed = await open(rule);
    await bed.server.publish(10);
    await settled(bed, 10);
    lossy = true;
    await bed.server.publish(5);
    await settled(bed, 15);
    expect(bed.listener.gaps.reduce((sum, { missed }) => sum + missed, 0)).toBe(5);
    const silent = await open(
      rule,
      '',
      await startServer('udp', { listen: { heartbeatMs: 60_000 } }),
    );
    await silent.server.publish(3);
    await silent.server.close();
    await silent.listener.done;
    expect(silent.listener.seqs).toEqual([]);
    expect(silent.listener.feed.stats()).toMatchObject({ received: 0, missed: 3, expected: 3 });
  });

  it('says how many messages of the snapshot are lost', async () => {
    const server = await startServer('udp', { listen: { heartbeatMs: 40, datagramBytes: 200 } });
    await server.publish(10);
    const bed = await open(data('drop', 1), '', server);
    await until(() => bed.listener.count('snapshot-incomplete') > 0, 'a notice');
    const notice = bed.listener.notices.find(({ type }) => type === 'snapshot-incomplete');
    expect(notice).toEqual({
      type: 'snapshot-incomplete',
      missed: 10 - bed.listener.messages.length,
      reason: 'network',
      exact: false,
    });
    expect(bed.listener.gaps).toEqual([]);
  });

  it('with keys, counts lost datagrams and says that it is not an exact number', async () => {
    const bed = await open(data('drop', 3, 8), '?keys=key1,key2,key3');
    // Once one has come the server knows that the client is there, and sends each in a datagram of
    // its own.
    await bed.server.publish(1);
    await until(() => bed.listener.messages.length === 1, 'the first message');
    await bed.server.publish(39);
    await until(
      () => bed.listener.missed >= 2,
      () => JSON.stringify(bed.listener.notices),
    );
    expect(bed.listener.gaps.every(({ exact, reason }) => !exact && reason === 'network')).toBe(
      true,
    );
    expect(bed.listener.missed).toBe(2);
    expect(bed.listener.messages).toHaveLength(10);
  });

  it('goes on after a silence that was too long, without a gap', async () => {
    const server = await startServer('udp', { listen: { heartbeatMs: 40, leaseMs: 150 } });
    const bed = await open(() => 'pass', '', server);
    await server.publish(20);
    await settled(bed, 20);
    bed.relay.rule = () => 'drop';
    await server.publish(30);
    await until(() => bed.listener.count('reconnecting') > 0, 'the silence is noticed');
    bed.relay.rule = () => 'pass';
    await settled(bed, 50);
    expect(bed.listener.seqs).toEqual(range(1, 50));
    expect(bed.listener.gaps).toEqual([]);
  });

  it('says once when the system grants less of a receive buffer than was asked for, and only then', async () => {
    const server = await startServer('udp', { listen: { heartbeatMs: 40, leaseMs: 150 } });
    const asking = (receiveBufferBytes: number): Promise<Bed> =>
      open(() => 'pass', '', server, { receiveBufferBytes });
    const [much, little] = [await asking(1024 ** 3), await asking(8_192)];
    await until(() => much.listener.count('receive-buffer') > 0, 'the notice');
    const [notice] = much.listener.notices.filter(({ type }) => type === 'receive-buffer');
    expect(notice).toMatchObject({ requested: 1024 ** 3, granted: expect.any(Number) });
    much.relay.rule = () => 'drop';
    await until(() => much.listener.count('reconnecting') > 0, 'the silence is noticed');
    much.relay.rule = () => 'pass';
    await until(() => much.listener.count('connected') > 1, 'it is connected again');
    await server.publish(10);
    await settled(much, 10);
    expect(much.listener.count('receive-buffer')).toBe(1);
    expect(little.listener.count('receive-buffer')).toBe(0);
  });
});
