import { describe, expect, it } from 'vitest';
import { Broadcast } from '../../../../../src/core/broadcast.js';
import { newServerCounters } from '../../../../../src/transports/counters.js';
import { decodeMissed } from '../../../../../src/transports/datagram/control-packets.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { grantedLease } from '../../../../../src/transports/udp/options.js';
import { SharedRedundancy } from '../../../../../src/transports/udp/redundancy/sending/new-sender.js';
import { Lease } from '../../../../../src/transports/udp/server/lease.js';
import { FakeClock } from '../../../../support/core/fake-clock.js';
import {
  ACCEPT,
  live,
  NO_PACING,
  NOTHING_YET,
  RecordingSender,
  rig,
  ticks,
} from '../../../../support/core/lease-rig.js';
import { TinyEncoder, tinySeqs } from '../../../../support/core/tiny-encoder.js';

describe('a pending lease', () => {
  it('sends nothing but ACCEPT, and owes everything published since', () => {
    const parts = rig();
    parts.broadcast.publish('k', 1);
    parts.broadcast.publish('k', 2);
    parts.clock.advance(0);
    expect(parts.sender.take()).toEqual(['accept 0']);
    parts.lease.reported(NOTHING_YET);
    parts.clock.advance(0);
    expect(parts.sender.sent.flatMap((bytes) => tinySeqs(bytes.subarray(36)))).toEqual([1, 2]);
  });

  it('ends when no REPORT comes within the lease', () => {
    const parts = rig();
    parts.sender.take();
    expect(ticks(parts, 10_000)).toEqual(['5100 end 1', '5100 over']);
    expect(parts.counters).toMatchObject({ accepted: 1, ended: 1, silent: 1 });
    expect(parts.broadcast.counters.clients).toBe(0);
  });
});

describe('a live lease', () => {
  it('numbers its datagrams from 1 and fills each with whole messages up to the limit', () => {
    const { clock, broadcast, sender } = live({ payloadBytes: 16 });
    for (let i = 1; i <= 5; i++) broadcast.publish('k', i); // 6 bytes each: "1|k|1\n"
    clock.advance(0);
    expect(sender.sent.map((bytes) => wire.countOf(bytes))).toEqual([2, 2, 1]);
    expect(sender.sent.map((bytes) => wire.seqOf(bytes))).toEqual([1, 3, 5]);
    expect(sender.sent.map((bytes) => tinySeqs(bytes.subarray(36)))).toEqual([[1, 2], [3, 4], [5]]);
    expect(sender.take()).toEqual(['data 1', 'data 2', 'data 3']);
  });

  it('stamps epoch and send time', () => {
    const { clock, broadcast, sender } = live();
    clock.advance(3);
    broadcast.publish('k', 1);
    clock.advance(0);
    const bytes = sender.sent[0] as Buffer;
    expect(wire.epochOf(bytes)).toEqual({ high: 1, low: 2 });
    expect(wire.sendTimeOf(bytes)).toBe(clock.now());
  });

  it('marks the snapshot, and only the snapshot, as such', () => {
    const clock = new FakeClock();
    const encoder = new TinyEncoder();
    const broadcast = new Broadcast({ clock, encoder, flush: 0 });
    broadcast.publish('a', 1);
    const sender = new RecordingSender(clock);
    const shared = {
      clock,
      deadlines: clock,
      broadcast,
      sender,
      counters: newServerCounters(),
      pacing: NO_PACING,
      redundancy: new SharedRedundancy(broadcast),
      epoch: { high: 0, low: 0 },
    };
    const lease = new Lease(
      {
        address: '::1',
        port: 9,
        nonce: '',
        id: Buffer.alloc(8),
        leaseMs: 5_000,
        receiveBufferBytes: 0,
        takesPadding: false,
        repair: false,
        redundancy: 'none',
        deadlineMs: 0,
      },
      { ...shared, payloadBytes: 1_164, heartbeatMs: 1_000, circuitBreaker: false },
    );
    lease.open(broadcast.subscribe({ encoder }, lease), ACCEPT);
    lease.reported(NOTHING_YET);
    sender.sent.length = 0;
    clock.advance(0);
    broadcast.publish('a', 2);
    clock.advance(0);
    expect(sender.sent.map((bytes) => [wire.flagsOf(bytes), wire.seqOf(bytes)])).toEqual([
      [wire.FLAG.snapshot, 1],
      [0, 2],
    ]);
  });

  it('sends a heartbeat at once when confirmed with nothing to send, then after each second of silence', () => {
    const parts = live();
    parts.clock.advance(0);
    parts.clock.advance(50);
    expect(ticks(parts, 2_500)).toEqual([
      '100 heartbeat 1',
      '1100 heartbeat 1',
      '2100 heartbeat 1',
    ]);
  });

  it('names in a heartbeat the next seq and the next dseq, and does not use that dseq up', () => {
    const { clock, broadcast, sender, lease } = live();
    broadcast.publish('k', 1);
    clock.advance(1_000);
    sender.take();
    lease.tick(clock.now(), clock.now());
    const bytes = sender.sent[0] as Buffer;
    expect([wire.seqOf(bytes), wire.dseqOf(bytes), wire.countOf(bytes)]).toEqual([2, 2, 0]);
    broadcast.publish('k', 2);
    clock.advance(0);
    expect(sender.take()).toEqual(['heartbeat 2', 'data 2']);
  });

  it('names in a heartbeat what it owes next: after a standstill all hear of the server at once', () => {
    const { clock, broadcast, sender, lease } = live();
    broadcast.publish('k', 1);
    clock.advance(0);
    sender.take();
    clock.spend(4_600_000);
    for (let i = 2; i <= 50; i++) broadcast.publish('k', i);
    lease.tick(clock.now(), clock.now());
    const bytes = sender.sent[0] as Buffer;
    expect([wire.seqOf(bytes), wire.dseqOf(bytes)]).toEqual([2, 2]);
    clock.advance(0);
    expect(sender.take()).toEqual(['heartbeat 2', 'data 2']);
  });

  it('says nothing that hides a loss: no heartbeat before LAGGED', () => {
    const { clock, broadcast, sender, lease } = live({ messages: 4 });
    broadcast.publish('k', 1);
    clock.advance(0);
    clock.spend(4_600_000);
    sender.blocked = true;
    for (let i = 2; i <= 20; i++) broadcast.publish('k', i);
    clock.advance(0);
    sender.blocked = false;
    sender.take();
    lease.tick(clock.now(), clock.now());
    expect(sender.take()).toEqual([]);
    broadcast.flush();
    expect(sender.take()).toEqual(['lagged 2', 'data 3']);
  });

  it('stops behind a window of datagrams, and goes on when they are reported', () => {
    const waiting = new Set<unknown>();
    const { clock, broadcast, sender, lease } = live({
      payloadBytes: 6,
      messages: 1_000,
      receiveBufferBytes: 5 * 4_096,
      pacing: { add: (one) => void waiting.add(one), delete: (one) => void waiting.delete(one) },
    });
    for (let i = 1; i <= 9; i++) broadcast.publish('k', i);
    clock.advance(10);
    const asked = sender.sent.map((bytes) => wire.flagsOf(bytes) === wire.FLAG.report);
    // It was owed nothing when it joined, and so was live: the first that asks is that it stops
    // behind.
    expect(asked).toEqual([false, false, false, false, true]);
    expect(sender.take()).toEqual(['data 1', 'data 2', 'data 3', 'data 4', 'data 5']);
    expect([...waiting]).toEqual([lease]);
    lease.reported({ highest: 3, lost: 0 });
    clock.advance(0);
    expect(sender.take()).toEqual(['data 6', 'data 7', 'data 8']);
    lease.reported({ highest: 8, lost: 0 });
    clock.advance(0);
    expect(sender.take()).toEqual(['data 9']);
    expect(waiting.size).toBe(0);
  });

  it('that waits for a REPORT is bounded by the policy, which it is told of', () => {
    const { clock, broadcast, sender, lease, counters } = live({
      payloadBytes: 6,
      messages: 4,
      receiveBufferBytes: 2 * 4_096,
    });
    for (let i = 1; i <= 2; i++) broadcast.publish('k', i);
    clock.advance(0);
    expect(sender.take()).toEqual(['data 1', 'data 2']);
    for (let i = 1; i <= 7; i++) broadcast.publish('k', i);
    clock.advance(10);
    expect([sender.take(), counters.droppedMessages]).toEqual([[], 3]);
    lease.reported({ highest: 2, lost: 0 });
    clock.advance(0);
    expect(sender.take()).toEqual(['lagged 3', 'data 4']);
  });

  it('lives as long as reports come', () => {
    const parts = live();
    for (let i = 0; i < 10; i++) {
      expect(ticks(parts, 4_900)).not.toContain('4900 over');
      parts.lease.reported(NOTHING_YET);
    }
    expect(parts.counters.ended).toBe(0);
  });

  it('stops where the sender is blocked and goes on from there', () => {
    const { clock, broadcast, sender } = live({ payloadBytes: 6 });
    sender.room = 2;
    for (let i = 1; i <= 4; i++) broadcast.publish('k', i);
    clock.advance(0);
    expect(sender.take()).toEqual(['data 1', 'data 2']);
    sender.blocked = false;
    broadcast.flush();
    expect(sender.take()).toEqual(['data 3', 'data 4']);
  });

  it('says in a datagram of its own how many messages the policy skipped, before the stream goes on', () => {
    const { clock, broadcast, sender, counters } = live({ messages: 4 });
    sender.blocked = true;
    for (let i = 1; i <= 10; i++) broadcast.publish('k', i);
    clock.advance(0);
    sender.blocked = false;
    broadcast.flush();
    const [lagged, data] = sender.sent as [Buffer, Buffer];
    expect([decodeMissed(lagged), wire.seqOf(lagged)]).toEqual([6, 7]);
    expect(tinySeqs(data.subarray(36))).toEqual([7, 8, 9, 10]);
    expect(sender.take()).toEqual(['lagged 1', 'data 2']);
    expect(counters.droppedMessages).toBe(6);
  });

  it('loses nothing when the LAGGED notice is what fills the buffer', () => {
    const { clock, broadcast, sender } = live({ messages: 4 });
    sender.blocked = true;
    for (let i = 1; i <= 10; i++) broadcast.publish('k', i);
    clock.advance(0);
    sender.blocked = false;
    sender.room = 1;
    broadcast.flush();
    expect(sender.take()).toEqual(['lagged 1']);
    sender.blocked = false;
    broadcast.flush();
    expect(sender.sent.flatMap((bytes) => tinySeqs(bytes.subarray(36)))).toEqual([7, 8, 9, 10]);
  });

  it('says what a replay misses because it is no longer retained', () => {
    const { clock, sender } = live({ messages: 4, fromSeq: 1 });
    clock.advance(0);
    const [lagged, data] = sender.sent as [Buffer, Buffer];
    expect([decodeMissed(lagged), wire.seqOf(lagged)]).toEqual([6, 7]);
    expect(tinySeqs(data.subarray(36))).toEqual([7, 8, 9, 10]);
  });

  it('passes over a message too long for a datagram, counts it and says so', () => {
    const { clock, broadcast, sender, counters } = live({ payloadBytes: 12 });
    broadcast.publish('k', 1);
    broadcast.publish('k', 'much too long for it');
    broadcast.publish('k', 3);
    clock.advance(0);
    const [, lagged] = sender.sent as [Buffer, Buffer];
    expect(sender.sent.map((bytes) => wire.seqOf(bytes))).toEqual([1, 3, 3]);
    expect([decodeMissed(lagged), wire.seqOf(lagged)]).toEqual([1, 3]);
    expect([counters.refusedMessages, counters.sendErrorMessages]).toEqual([1, 0]);
    expect(sender.take()).toEqual(['data 1', 'lagged 2', 'data 3']);
  });
});

describe('the lease of one that joins', () => {
  it.each([
    [0, 5_000],
    [10_000, 5_000],
    [20_000, 10_000],
    [60_000, 30_000],
    [1_000_000, 30_000],
  ])('%d others is %d ms, for 10,000 REPORTs a second', (others, leaseMs) => {
    expect(grantedLease(5_000, others)).toBe(leaseMs);
  });

  it('is never shorter than the server was told', () => {
    expect(grantedLease(60_000, 20_000)).toBe(60_000);
    expect(grantedLease(200, 0)).toBe(200);
  });
});
