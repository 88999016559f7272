/** Repair of a feed that is conflated: what is published is accounted for, once. */
import { expect, it } from 'vitest';
import { subscribe } from '../../../../src/client/feed.js';
import type { GapEvent } from '../../../../src/client/feed-event.js';
import {
  decodeGap,
  decodeNak,
  type SeqRange,
} from '../../../../src/transports/datagram/repair-packets.js';
import { countOf, FLAG, flagsOf, PACKET, seqOf } from '../../../../src/transports/datagram/wire.js';
import { afterwards, startServer, until } from '../../../support/net/udp-rig.js';

const KEYS = 20;
const BURST = 200;
const BURSTS = 6;
/** Two datagrams of the window: whatever a burst has beyond is conflated. */
const RECEIVE_BUFFER = 4_096;

it('published = delivered + lost + conflated, each typed, and every question is answered', async () => {
  const rig = await startServer({ repair: 'nak' });
  const relay = await rig.relay();
  const gaps: GapEvent[] = [];
  const feed = subscribe(`udp://127.0.0.1:${relay.port}`, {
    ...{ repair: 'nak', policy: 'conflate', receiveBufferBytes: RECEIVE_BUFFER },
    // A busy machine may stand still for a while.
    repairDeadlineMs: 1_000,
    onEvent: (event) => event.type === 'gap' && gaps.push(event),
  });
  afterwards(() => feed.close());
  await until('it has subscribed', () => feed.stats().connected);
  await until('it is confirmed', () => rig.server.packets?.received.report !== 0);
  let unanswered: SeqRange[] = [];
  /** By where they end. */
  const ranges = new Set<number>();
  const answered = (from: number, to: number): void => {
    unanswered = unanswered.filter((range) => range.to <= from || to <= range.from);
  };
  relay.rule = (direction, type, index, bytes) => {
    if (type === PACKET.nak) unanswered.push(...(decodeNak(bytes)?.ranges ?? []));
    const gap = type === PACKET.gap ? decodeGap(bytes) : undefined;
    if (gap !== undefined) answered(gap.from, gap.to);
    if (type === PACKET.repair) answered(seqOf(bytes), seqOf(bytes) + countOf(bytes));
    if (direction === 'up') return 'pass';
    if (type === PACKET.lagged) {
      // Of one range the notice is lost, of the next one its copy.
      const isCopy = (flagsOf(bytes) & FLAG.retransmit) !== 0;
      ranges.add(seqOf(bytes));
      const at = [...ranges].indexOf(seqOf(bytes));
      return (at % 2 === 0) === isCopy ? 'pass' : 'drop';
    }
    return type === PACKET.data && index % 4 === 2 ? 'drop' : 'pass';
  };
  const seqs: number[] = [];
  const values = new Map<string, number>();
  const reading = (async () => {
    for await (const { seq, key } of feed) {
      seqs.push(seq);
      values.set(key, Math.max(seq, values.get(key) ?? 0));
    }
  })();
  for (let burst = 0; burst < BURSTS; burst++) {
    for (let i = 0; i < BURST; i++) rig.broadcast.publish(`key${(i * 7) % KEYS}`, { i });
    rig.broadcast.flush();
    await new Promise<void>((resolve) => setTimeout(resolve, 100));
  }
  const published = BURSTS * BURST;
  const law = (): boolean => {
    const { received, missed } = feed.stats();
    return received + missed === published;
  };
  await until('all is accounted for', law);
  await feed.close();
  await reading;
  expect(new Set(seqs).size).toBe(seqs.length);
  const missed = (why: GapEvent['reason']): number =>
    gaps.reduce((sum, gap) => sum + (gap.reason === why ? gap.missed : 0), 0);
  const { conflatedMessages, repairsSuperseded, droppedMessages } = rig.server.counters;
  expect(seqs.length + missed('conflated') + missed('network')).toBe(published);
  expect(conflatedMessages).toBeGreaterThan(0);
  expect(missed('conflated')).toBeLessThanOrEqual(conflatedMessages + repairsSuperseded);
  expect(droppedMessages).toBe(0);
  // Whatever was lost, the latest of each key is there.
  expect([...values.values()].every((seq) => seq > published - BURST)).toBe(true);
  expect(values.size).toBe(KEYS);
  expect(missed('network')).toBe(0);
  expect(unanswered).toEqual([]);
});
