/** How a lease answers what its client misses. */
import { describe, expect, it } from 'vitest';
import { decodeGap, GAP_REASON } from '../../../../../src/transports/datagram/repair-packets.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { live, type Rig, ticks } from '../../../../support/core/lease-rig.js';
import { tinySeqs } from '../../../../support/core/tiny-encoder.js';

/** Messages 1 to 20 have been sent, two to a datagram. */
function sent(options: Parameters<typeof live>[0] = {}): Rig {
  const parts = live({ payloadBytes: 16, repair: true, ...options });
  for (let i = 1; i <= 9; i++) parts.broadcast.publish('k', i);
  parts.clock.advance(0);
  parts.sender.sent.length = 0;
  return parts;
}

/** Sequence numbers of the REPAIRs, and GAPs, since the last call. */
function answers({ sender }: Rig): unknown[] {
  return sender.sent.splice(0).map((bytes) => {
    if (wire.packetType(bytes) === wire.PACKET.repair)
      return tinySeqs(bytes.subarray(wire.HEADER_BYTES));
    const gap = decodeGap(bytes);
    if (gap === undefined) return wire.packetType(bytes);
    const { from, to, reason, superseded } = gap;
    const why = reason === GAP_REASON.superseded ? `superseded ${superseded}` : REASONS[reason];
    return `${from}-${to} ${why}`;
  });
}

const REASONS = { [GAP_REASON.gone]: 'gone', [GAP_REASON.none]: 'none' } as const;

describe('a lease with repair', () => {
  it('repeats what is asked for and nothing else, in datagrams that fit', () => {
    const parts = sent();
    expect(parts.lease.asked([{ from: 3, to: 6 }])).toBe(true);
    expect(answers(parts)).toEqual([[3, 4], [5]]);
    expect(parts.counters).toMatchObject({ naks: 1, repairs: 2, repairBytes: 2 * 36 + 18 });
  });

  it('marks the copies, and gives them no number of the stream', () => {
    const parts = sent();
    parts.lease.asked([{ from: 3, to: 4 }]);
    const [repair] = parts.sender.sent.splice(0) as [Buffer];
    expect(wire.flagsOf(repair)).toBe(wire.FLAG.retransmit);
    expect([wire.seqOf(repair), wire.dseqOf(repair), wire.countOf(repair)]).toEqual([3, 0, 1]);
    parts.broadcast.publish('k', 10);
    parts.clock.advance(0);
    expect(parts.sender.take()).toEqual(['data 6']);
  });

  it('says of what it no longer retains that it is gone, and repeats the rest', () => {
    const parts = sent({ messages: 4 });
    parts.lease.asked([{ from: 1, to: 8 }]);
    expect(answers(parts)).toEqual(['1-6 gone', [6, 7]]);
  });

  it('answers nothing beyond what it has sent', () => {
    const parts = sent();
    parts.lease.asked([{ from: 9, to: 1_000 }]);
    expect(answers(parts)).toEqual([[9]]);
  });

  it('sends what is due first', () => {
    const parts = sent();
    parts.broadcast.publish('k', 10);
    parts.lease.asked([{ from: 1, to: 2 }]);
    expect(answers(parts)).toEqual([]);
    parts.clock.advance(0);
    expect(parts.sender.take().map((what) => what.split(' ')[0])).toEqual(['data', 'repair']);
  });

  it('answers a range once in ten milliseconds', () => {
    const parts = sent();
    parts.lease.asked([{ from: 3, to: 4 }]);
    parts.clock.advance(9);
    parts.lease.asked([{ from: 2, to: 4 }]);
    expect(answers(parts)).toEqual([[3]]);
    parts.clock.advance(1);
    parts.lease.asked([{ from: 3, to: 4 }]);
    expect(answers(parts)).toEqual([[3]]);
  });

  it('spends what is saved up, and then a quarter of what it sends', () => {
    const parts = sent();
    const ask = (): number => {
      parts.clock.advance(10);
      parts.lease.asked([{ from: 1, to: 10 }]);
      return answers(parts).length;
    };
    // 16 datagrams of 52 bytes at the start, 5 of at most 48 for each answer.
    expect([ask(), ask(), ask(), ask(), ask()]).toEqual([5, 5, 5, 2, 0]);
    expect(parts.counters.repairsWithheld).toBe(2);
    for (let i = 0; i < 5; i++) {
      parts.broadcast.publish('k', i);
      parts.clock.advance(0);
    }
    parts.sender.take();
    expect(ask()).toBe(1);
  });

  it('says soon after the last data how far it has come, and then once a heartbeat', () => {
    const parts = sent();
    expect(ticks(parts, 1_500)).toEqual(['100 heartbeat 6', '1100 heartbeat 6']);
  });

  it('says nothing while the kernel takes nothing', () => {
    const parts = sent();
    parts.sender.blocked = true;
    parts.lease.asked([{ from: 3, to: 4 }]);
    expect(answers(parts)).toEqual([]);
  });
});

describe('a lease with repair and the policy conflate', () => {
  /** Messages 1 to 9, of the keys in turn, have been sent. */
  function conflating(keys: string, options: Parameters<typeof live>[0] = {}): Rig {
    const parts = live({ payloadBytes: 16, repair: true, policy: 'conflate', ...options });
    for (let i = 0; i < 9; i++) {
      parts.broadcast.publish(keys[i % keys.length] as string, i);
      parts.clock.advance(0);
    }
    parts.sender.sent.length = 0;
    return parts;
  }

  it('repeats the latest message of a key, and says how many others are superseded', () => {
    const parts = conflating('abc');
    parts.lease.asked([{ from: 4, to: 9 }]);
    expect(answers(parts)).toEqual(['4-7 superseded 3', [7, 8]]);
    expect(parts.counters).toMatchObject({ repairs: 1, repairsSuperseded: 3 });
  });

  it('answers nothing but GAPs where all is superseded, and nothing but REPAIRs where none is', () => {
    const parts = conflating('a');
    parts.lease.asked([{ from: 2, to: 5 }]);
    parts.lease.asked([{ from: 9, to: 10 }]);
    expect(answers(parts)).toEqual(['2-5 superseded 3', [9]]);
    const apart = conflating('abcdefghi');
    apart.lease.asked([{ from: 3, to: 6 }]);
    expect(answers(apart)).toEqual([[3, 4], [5]]);
    expect(apart.counters.repairsSuperseded).toBe(0);
  });

  it('covers each number that was asked for once, in whatever order the keys come', () => {
    const parts = conflating('aabbc');
    // a: 1 2 6 7, b: 3 4 8 9, c: 5.
    parts.lease.asked([{ from: 1, to: 10 }]);
    expect(answers(parts)).toEqual([
      '1-5 superseded 4',
      [5],
      '6-7 superseded 1',
      [7],
      '8-9 superseded 1',
      [9],
    ]);
  });

  it('tells nothing of what it left out as superseded: that was never sent', () => {
    const parts = conflating('abc', { receiveBufferBytes: 8_192 });
    parts.lease.reported({ highest: 2, lost: 0 });
    parts.sender.take();
    for (let i = 0; i < 60; i++) parts.broadcast.publish('abc'[i % 3] as string, i);
    parts.clock.advance(0);
    for (let dseq = 3; dseq < 40; dseq++) {
      parts.lease.reported({ highest: dseq, lost: 0 });
      parts.clock.advance(1);
    }
    const passes = parts.sender.sent.splice(0).filter(isConflated);
    expect(passes.length).toBeGreaterThan(0);
    const left = parts.counters.conflatedMessages;
    expect(left).toBeGreaterThan(0);
    parts.clock.advance(100);
    parts.lease.asked([{ from: 1, to: 70 }]);
    const told = answers(parts).filter((answer) => typeof answer === 'string');
    expect(told.length).toBeGreaterThan(0);
    // All but the latest of each key were sent or left out, and one of both only.
    expect(parts.counters.repairsSuperseded + left).toBe(69 - 3);
  });

  it('says at once what is superseded to who lags behind, and repeats the rest in step', () => {
    const parts = conflating('abc');
    parts.broadcast.publish('a', 10);
    parts.lease.asked([{ from: 6, to: 9 }]);
    expect(answers(parts)).toEqual(['6-8 superseded 2']);
    parts.clock.advance(0);
    expect(answers(parts)).toEqual([wire.PACKET.data, [8]]);
  });

  it('says of what the feed no longer retains that it is gone', () => {
    const parts = conflating('abc', { messages: 4 });
    parts.lease.asked([{ from: 1, to: 10 }]);
    expect(answers(parts)).toEqual(['1-6 gone', '6-7 superseded 1', [7, 8], [9]]);
    expect(parts.counters.repairsGone).toBe(1);
  });

  it('looks at a bounded part of what is asked for', () => {
    const parts = live({ repair: true, policy: 'conflate', messages: 5_000 });
    for (let i = 0; i < 4_000; i++) parts.broadcast.publish('a', i);
    parts.clock.advance(0);
    parts.sender.sent.length = 0;
    parts.lease.asked([{ from: 1, to: 4_001 }]);
    expect(answers(parts)).toEqual(['1-1025 superseded 1024']);
  });
});

function isConflated(bytes: Buffer): boolean {
  const flag = wire.FLAG.conflated;
  return wire.packetType(bytes) === wire.PACKET.lagged && (wire.flagsOf(bytes) & flag) !== 0;
}

describe('a lease without repair', () => {
  it('does not understand who asks for it', () => {
    const parts = sent({ repair: false });
    expect(parts.lease.asked([{ from: 3, to: 4 }])).toBe(false);
    expect(answers(parts)).toEqual([]);
    expect(parts.counters.naks).toBe(0);
  });
});
