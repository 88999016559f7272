import { describe, expect, it } from 'vitest';
import { Broadcast } from '../../../../src/core/broadcast.js';
import type { SliceTrain } from '../../../../src/core/encoded-log.js';
import { newServerCounters } from '../../../../src/transports/counters.js';
import { decodeEnd, decodeMissed } from '../../../../src/transports/datagram/control-packets.js';
import * as wire from '../../../../src/transports/datagram/wire.js';
import { Lease, type LeaseContext } from '../../../../src/transports/udp/lease.js';
import { grantedLease } from '../../../../src/transports/udp/options.js';
import type { DatagramSender, Target } from '../../../../src/transports/udp/sender.js';
import { FakeClock } from '../../../support/core/fake-clock.js';
import { TinyEncoder, tinySeqs } from '../../../support/core/tiny-encoder.js';

const NAMES = new Map<number, string>(
  Object.entries(wire.PACKET).map(([name, type]) => [type, name]),
);
const ACCEPT = Buffer.alloc(wire.HEADER_BYTES);
/** Nobody is late here. */
const NO_PACING = { add: (): void => {}, delete: (): void => {} };
const NOTHING_YET = { highest: 0, lost: 0 };
wire.writeHeader(ACCEPT, wire.PACKET.accept, 0, { high: 0, low: 0 }, 0, 0, 0, 0);

/** Keeps a copy of every datagram. */
class RecordingSender implements DatagramSender {
  readonly name = 'recording';
  readonly segments = 1;
  blocked = false;
  /** Turns blocked after this many more datagrams. */
  room = Number.POSITIVE_INFINITY;
  readonly header: Buffer = Buffer.alloc(wire.HEADER_BYTES);
  readonly sent: Buffer[] = [];
  readonly clock: FakeClock;

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  target(address: string, port: number, takesPadding: boolean): Target {
    return { address, port, sockaddr: new Uint32Array(0), takesPadding, segmented: false };
  }

  time = (): number => this.clock.now();

  close(): void {}

  send(payload: Buffer): void {
    this.sent.push(Buffer.concat([this.header, payload]));
    this.room -= 1;
    if (this.room === 0) this.blocked = true;
  }

  sendTrain({ slices }: SliceTrain, flags: Uint8Array, epoch: wire.Epoch, dseq: number): void {
    for (const [i, { from, to, seq, bytes }] of slices.entries()) {
      const time = Math.floor(this.time());
      const flag = flags[i]!;
      wire.writeHeader(this.header, wire.PACKET.data, flag, epoch, seq, dseq + i, to - from, time);
      this.send(bytes);
    }
  }

  sendPacket(packet: Buffer): void {
    if (!this.blocked) this.sent.push(packet);
  }

  /** Type and dseq of what was sent since the last call. */
  take(): string[] {
    return this.sent
      .splice(0)
      .map((bytes) => `${NAMES.get(wire.packetType(bytes))} ${wire.dseqOf(bytes)}`);
  }
}

interface Rig {
  readonly clock: FakeClock;
  readonly broadcast: Broadcast;
  readonly sender: RecordingSender;
  readonly counters: ReturnType<typeof newServerCounters>;
  readonly lease: Lease;
}

function rig(
  options: {
    payloadBytes?: number;
    messages?: number;
    policy?: string;
    fromSeq?: number;
    receiveBufferBytes?: number;
    pacing?: LeaseContext['pacing'];
  } = {},
): Rig {
  const clock = new FakeClock();
  const encoder = new TinyEncoder();
  const retention = { messages: options.messages ?? 100, bytes: 1e6 };
  const broadcast = new Broadcast({ clock, encoder, retention, flush: 0 });
  if (options.fromSeq !== undefined) for (let i = 0; i < 10; i++) broadcast.publish('k', i);
  const sender = new RecordingSender(clock);
  const counters = newServerCounters();
  const lease = new Lease(
    {
      address: '127.0.0.1',
      port: 9,
      nonce: '00',
      id: Buffer.alloc(8, 7),
      leaseMs: 5_000,
      receiveBufferBytes: options.receiveBufferBytes ?? 0,
      takesPadding: true,
    },
    {
      broadcast,
      epoch: { high: 1, low: 2 },
      clock,
      deadlines: clock,
      sender,
      counters,
      pacing: options.pacing ?? NO_PACING,
      payloadBytes: options.payloadBytes ?? 1_164,
      heartbeatMs: 1_000,
    },
  );
  lease.open(
    broadcast.subscribe({ encoder, policy: options.policy, fromSeq: options.fromSeq }, lease),
    ACCEPT,
  );
  return { clock, broadcast, sender, counters, lease };
}

/** A lease whose client has confirmed. */
function live(options: Parameters<typeof rig>[0] = {}): Rig {
  const parts = rig(options);
  parts.lease.reported(NOTHING_YET);
  parts.sender.take();
  return parts;
}

/** Ticks every 100 ms, and says at which ms something was sent; stops when the lease is over. */
function ticks({ clock, lease, sender }: Rig, ms: number): string[] {
  const log: string[] = [];
  for (let at = 100; at <= ms; at += 100) {
    clock.advance(100);
    const over = lease.tick(clock.now(), clock.now());
    for (const what of sender.take()) log.push(`${at} ${what}`);
    if (over) {
      log.push(`${at} over`);
      break;
    }
  }
  return log;
}

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
      },
      { ...shared, payloadBytes: 1_164, heartbeatMs: 1_000 },
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
    expect(asked).toEqual([false, false, true, false, true]);
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

describe('an ending lease', () => {
  it('repeats END at 100, 300, 700 and 1,500 ms and gives up after two seconds', () => {
    const parts = live();
    parts.lease.finish();
    expect(parts.sender.take()).toEqual(['end 1']);
    expect(ticks(parts, 5_000)).toEqual([
      '100 end 1',
      '300 end 1',
      '700 end 1',
      '1500 end 1',
      '2000 over',
    ]);
    expect(parts.counters.ended).toBe(1);
  });

  it('names the reason, the id, and what would have come next', () => {
    const { clock, broadcast, sender } = live({ messages: 2, policy: 'disconnect' });
    broadcast.publish('k', 1);
    clock.advance(0);
    sender.take();
    sender.blocked = true;
    for (let i = 0; i < 5; i++) broadcast.publish('k', i);
    sender.blocked = false;
    clock.advance(0);
    expect(decodeEnd(sender.sent[0] as Buffer)).toMatchObject({
      id: Buffer.alloc(8, 7),
      seq: 7,
      dseq: 2,
      reason: 'LAB_ERR_LAGGED',
    });
  });

  it('sends END only after everything that was published', () => {
    const { broadcast, sender, lease } = live();
    broadcast.publish('k', 1);
    sender.blocked = true;
    lease.finish();
    expect(sender.sent).toEqual([]);
    sender.blocked = false;
    broadcast.flush();
    expect(sender.take()).toEqual(['data 1', 'end 2']);
  });

  it('whose first END met a full buffer sends it with the next tick', () => {
    const parts = live();
    parts.sender.blocked = true;
    parts.lease.end('closed');
    parts.sender.blocked = false;
    expect(ticks(parts, 200)).toEqual(['100 end 1', '200 end 1']);
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
