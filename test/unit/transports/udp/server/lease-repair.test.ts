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
    return gap && `${gap.from}-${gap.to} ${gap.reason === GAP_REASON.gone ? 'gone' : 'none'}`;
  });
}

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

describe('a lease without repair', () => {
  it('does not understand who asks for it', () => {
    const parts = sent({ repair: false });
    expect(parts.lease.asked([{ from: 3, to: 4 }])).toBe(false);
    expect(answers(parts)).toEqual([]);
    expect(parts.counters.naks).toBe(0);
  });
});
