import { expect, it, onTestFinished } from 'vitest';
import { subscribe } from '../../../../src/client/feed.js';
import type { FeedEvent } from '../../../../src/client/feed-event.js';
import { loadCodec } from '../../../../src/codecs/registry.js';
import { systemClock } from '../../../../src/core/clock.js';
import { encodeEnd } from '../../../../src/transports/datagram/control-packets.js';
import { encodeHello, NONCE_BYTES } from '../../../../src/transports/datagram/handshake-packets.js';
import { ID_BYTES } from '../../../../src/transports/datagram/packet-fields.js';
import { parseEpoch } from '../../../../src/transports/datagram/wire.js';
import { udpMulticast } from '../../../../src/transports/udp-multicast/index.js';
import { rejection } from '../../../support/conformance/transport-support.js';
import { FakeClock, LoopClock } from '../../../support/core/fake-clock.js';
import {
  announce,
  data,
  end,
  GroupScript,
  HEARTBEAT_MS,
  LOOPBACK,
  lagged,
  type Member,
  OURS,
  THEIRS,
} from '../../../support/net/group-script.js';

const seqs = ({ recorder }: Member): number[] => recorder.seqs;

it('a newcomer is welcomed at the place that is announced, and owed nothing from before it', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(11, 5);
  // Overtaken by the announcement: both are from before it.
  await script.send(lagged(3, 2, 10), data(4, [10]), data(5, [11, 12]), data(6, [13]));
  await expect.poll(() => seqs(member)).toEqual([11, 12, 13]);
  expect(member.subscription.welcome).toEqual({
    control: 'welcome',
    protocol: 1,
    codec: 'line-json',
    epoch: OURS,
    next: 11,
    oldest: 1,
    snapshot: 0,
    heartbeat_ms: HEARTBEAT_MS,
  });
  expect(member.recorder.told).toBe(0);
  expect(member.subscription.counters).toEqual({
    reads: 2,
    bytes: data(5, [11, 12]).length + data(6, [13]).length,
    datagramsLost: 0,
    datagramsDuplicated: 0,
    datagramsReordered: 0,
    mostInDatagram: 2,
    mostInRead: 1,
    malformed: 0,
  });
});

it('what comes right behind the announcement is not missed, and data before it are waited out', async () => {
  const script = await GroupScript.open();
  const joining = script.join();
  let member: Member | undefined;
  void joining.then((joined) => {
    member = joined;
  });
  let round = 0;
  await expect
    .poll(
      async () => {
        round += 1;
        await script.send(
          data(round, [round]),
          announce(round + 1, round + 1),
          data(round + 1, [round + 1]),
        );
        return member !== undefined;
      },
      { interval: 5 },
    )
    .toBe(true);
  const { recorder, subscription } = await joining;
  await expect.poll(() => recorder.seqs[0]).toBe(subscription.welcome.next);
  expect(subscription.counters.malformed).toBe(0);
});

it('lost, late and doubled datagrams are counted from the first one owed, over the wrap of dseq', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(101, 0xffff_fffe);
  await script.send(
    data(0xffff_fffe, [101]),
    data(0, [103]),
    data(0xffff_ffff, [102]),
    data(0, [103]),
    data(3, [106]),
    announce(108, 5),
  );
  await expect.poll(() => member.subscription.counters.datagramsLost).toBe(3);
  expect(seqs(member)).toEqual([101, 103, 102, 103, 106]);
  // 1 and 2 before 3, and 4, which the announcement tells of.
  expect(member.subscription.counters).toMatchObject({
    reads: 5,
    datagramsReordered: 1,
    datagramsDuplicated: 1,
    malformed: 0,
  });
});

it('LAGGED is told once, and END with the loss of the tail', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(1, 1);
  await script.send(lagged(1, 7, 8), lagged(1, 7, 8), data(2, [8]), end(12, 5, 'closed'));
  expect(await member.subscription.closed).toBeUndefined();
  expect(member.recorder.controls.slice(1)).toEqual([
    { control: 'lagged', missed: 7, next: 8 },
    // How far the feed had come: what of it was in the lost datagrams is then known to be missing.
    { control: 'heartbeat', next: 12 },
    { control: 'end', reason: 'closed' },
  ]);
  expect(member.subscription.counters).toMatchObject({ datagramsLost: 2, datagramsDuplicated: 1 });
});

it('an END that loses no tail is the last word and the only one, and one with the id of a lease is for nobody here', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(1, 1);
  const ofALease = encodeEnd({
    epoch: parseEpoch(OURS),
    id: Buffer.alloc(ID_BYTES, 1),
    seq: 2,
    dseq: 2,
    sendTime: 1,
    reason: 'LAB_ERR_PEER_TIMEOUT',
  });
  await script.send(data(1, [1]), ofALease, end(2, 2, 'closed'));
  expect(await member.subscription.closed).toBeUndefined();
  expect(member.recorder.controls.slice(1)).toEqual([{ control: 'end', reason: 'closed' }]);
  expect(member.subscription.counters).toMatchObject({ datagramsLost: 0, malformed: 1 });
});

it('an END for a reason is that error', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(1, 1);
  await script.send(end(1, 1, 'LAB_ERR_LAGGED'));
  expect(await member.subscription.closed).toMatchObject({ code: 'LAB_ERR_LAGGED' });
});

it('other traffic of the port is dropped and counted, and other epochs with it', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(1, 1);
  const strangers = [
    Buffer.from('GET / HTTP/1.1'),
    Buffer.alloc(0),
    encodeHello({ nonce: Buffer.alloc(NONCE_BYTES), versions: [1] }),
    data(1, [1], THEIRS),
    end(9, 9, 'closed', THEIRS),
    // Its server is alive: two share the group by mistake.
    announce(9, 9, THEIRS),
    // Ours, but no announcement; ours, but not what its header says.
    announce(9, 9).subarray(0, 40),
    Buffer.concat([data(1, [1]), Buffer.from('x')]),
  ];
  await script.send(...strangers, data(2, [2]));
  await expect.poll(() => seqs(member).at(-1)).toBe(2);
  expect(member.subscription.counters.malformed).toBe(strangers.length);
});

it('a LAGGED that cannot be is dropped and counted', async () => {
  const script = await GroupScript.open();
  const member = await script.joinAt(1, 1);
  await script.send(lagged(1, 9, 9), lagged(1, 0, 9), lagged(1, 1, 2 ** 53), lagged(1, 8, 9));
  await expect.poll(() => member.recorder.controls.length).toBe(2);
  expect(member.recorder.controls[1]).toEqual({ control: 'lagged', missed: 8, next: 9 });
  expect(member.subscription.counters).toMatchObject({ malformed: 3, datagramsDuplicated: 0 });
});

it('a server that has started again ends the subscription, saying so', async () => {
  const script = await GroupScript.open();
  const clock = new LoopClock();
  const member = await script.joinAt(1, 1, clock);
  // Behind every copy of the announcement.
  await script.send(data(1, [1]));
  await expect.poll(() => seqs(member)).toEqual([1]);
  clock.spend(HEARTBEAT_MS * 1_000);
  await script.send(announce(1, 1, THEIRS));
  await expect.poll(() => member.subscription.counters.malformed).toBe(1);
  clock.spend(1);
  await script.send(announce(1, 1, THEIRS));
  const error = await member.subscription.closed;
  expect(error).toMatchObject({
    code: 'LAB_ERR_CLOSED',
    hint: expect.stringContaining('connect again'),
  });
  expect(error?.message).toContain(`${OURS} → ${THEIRS}`);
});

it('a server that is silent for five seconds is gone', async () => {
  const script = await GroupScript.open();
  const clock = new FakeClock();
  const member = await script.joinAt(1, 1, clock);
  clock.advance(4_900);
  await script.send(announce(1, 1));
  await expect.poll(() => member.recorder.controls.length).toBe(2);
  clock.advance(5_000);
  await script.send(data(1, [1]));
  await expect.poll(() => seqs(member)).toEqual([1]);
  clock.advance(7_000);
  expect(await member.subscription.closed).toMatchObject({ code: 'LAB_ERR_PEER_TIMEOUT' });
  expect(clock.pending).toBe(0);
});

it('announcements become heartbeats only in silence, one a period', async () => {
  const script = await GroupScript.open();
  const clock = new FakeClock();
  const member = await script.joinAt(1, 1, clock);
  const after = async (ms: number, packet: Buffer): Promise<void> => {
    const count = seqs(member).length;
    clock.spend(ms * 1_000);
    await script.send(packet, data(1, [1]));
    await expect.poll(() => seqs(member).length).toBe(count + 1);
  };
  const heartbeats = (): unknown[] =>
    member.recorder.controls.filter(({ control }) => control === 'heartbeat');
  await after(999, announce(7, 1));
  expect(heartbeats()).toEqual([]);
  await after(1_000, announce(8, 1));
  expect(heartbeats()).toEqual([{ control: 'heartbeat', next: 8 }]);
});

it('a group that speaks another codec is left at once, and its codec named', async () => {
  const script = await GroupScript.open();
  const msgpack = await loadCodec('msgpack');
  const joining = script.join(systemClock(), { codec: msgpack });
  let failed: unknown;
  joining.catch((error: unknown) => {
    failed = error;
  });
  await expect
    .poll(
      async () => {
        await script.send(announce(1, 1));
        return failed;
      },
      { interval: 5 },
    )
    .toMatchObject({ code: 'LAB_ERR_UNKNOWN_CODEC', hint: expect.stringContaining("'line-json'") });
});

it.each([
  ['keys', { keys: ['a'] }],
  ['policy', { policy: 'drop-oldest' }],
  ['from', { fromSeq: 1 }],
])('a wish for %s is refused before anything is joined', async (name, wish) => {
  const script = await GroupScript.open();
  await expect(script.join(systemClock(), wish)).rejects.toMatchObject({
    code: 'LAB_ERR_BAD_REQUEST',
    message: expect.stringContaining(name),
  });
});

it('in another group, or where nobody sends, the timeout says what to look at, and what else was heard', async () => {
  const script = await GroupScript.open();
  const elsewhere = udpMulticast.connect(
    { host: '239.255.70.71', port: script.port },
    {
      codec: await loadCodec('line-json'),
      clock: systemClock(),
      receiver: { begin() {}, message() {}, end() {}, control() {} },
      multicastInterface: LOOPBACK,
      timeoutMs: 250,
    },
  );
  const here = script.join(systemClock(), { timeoutMs: 250 });
  const outcomes = Promise.allSettled([elsewhere, here]);
  let over = false;
  void outcomes.then(() => {
    over = true;
  });
  await expect
    .poll(
      async () => {
        await script.send(Buffer.from('not ours'));
        return over;
      },
      { interval: 5 },
    )
    .toBe(true);
  const [wrong, silent] = (await outcomes).map(
    (outcome) => outcome.status === 'rejected' && outcome.reason,
  );
  expect(wrong).toMatchObject({
    code: 'LAB_ERR_CONNECT_TIMEOUT',
    message: expect.stringMatching(/group 239\.255\.70\.71, port \d+, within 250 ms$/),
    hint: expect.stringMatching(/interface=.*firewall.*igmp_max_memberships/),
  });
  expect(silent).toMatchObject({
    code: 'LAB_ERR_CONNECT_TIMEOUT',
    message: expect.stringMatching(/\d+ datagrams came that were none of ours/),
  });
});

it.each([
  ['::1', 'LAB_ERR_CONNECT'],
  ['ff02::1', 'LAB_ERR_CONNECT'],
  ['10.0.0.1', 'LAB_ERR_CONNECT'],
])('%s is not a group to join', async (host, code) => {
  const options = { codec: await loadCodec('line-json'), clock: systemClock(), timeoutMs: 100 };
  const receiver = { begin() {}, message() {}, end() {}, control() {} };
  expect(await rejection(udpMulticast.connect({ host, port: 9 }, { ...options, receiver }))).toBe(
    code,
  );
});

it('a feed of a group comes back after a silence, and tells what it has missed', async () => {
  const script = await GroupScript.open();
  const clock = new FakeClock();
  const notices: FeedEvent[] = [];
  const feed = subscribe(`udp-multicast://${script.group}:${script.port}?interface=${LOOPBACK}`, {
    clock,
    random: () => 0,
    onEvent: (notice) => void notices.push(notice),
  });
  onTestFinished(() => feed.close());
  const welcomed = (times: number, ...packets: Buffer[]): Promise<void> =>
    expect
      .poll(
        async () => {
          clock.advance(1);
          await script.send(...packets);
          return notices.filter(({ type }) => type === 'connected').length;
        },
        { interval: 5 },
      )
      .toBe(times);
  await welcomed(1, announce(1, 1));
  await script.send(data(1, [1]));
  await expect.poll(() => feed.stats().buffered).toBe(1);
  clock.advance(5_000);
  clock.advance(2_000);
  await welcomed(2, announce(5, 5));
  expect(notices.slice(1)).toMatchObject([
    { type: 'reconnecting', cause: { code: 'LAB_ERR_PEER_TIMEOUT' } },
    { type: 'gap', from: 2, to: 4, missed: 3, reason: 'network', exact: true },
    { type: 'connected', resumed: true },
  ]);
});
