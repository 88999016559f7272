/** What a lease sends beside the stream. */
import { describe, expect, it } from 'vitest';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { live, type Rig, rig, ticks } from '../../../../support/core/lease-rig.js';

/** Publishes so many messages, each in a datagram of its own. */
function publish({ broadcast, clock }: Rig, count: number): void {
  for (let i = 0; i < count; i++) {
    broadcast.publish(`k${broadcast.next}`, i);
    clock.advance(0);
  }
}

/** Types of what was sent since the last call, one letter each. */
function types({ sender }: Rig): string {
  const letters = new Map<number, string>([
    [wire.PACKET.data, 'd'],
    [wire.PACKET.parity, 'p'],
    [wire.PACKET.repair, 'c'],
    [wire.PACKET.heartbeat, 'h'],
    [wire.PACKET.lagged, 'l'],
  ]);
  return sender.sent
    .splice(0)
    .map((bytes) => letters.get(wire.packetType(bytes)) ?? '?')
    .join('');
}

describe('a lease with parities', () => {
  it('sends them behind a group, with no number of the stream', () => {
    const parts = live({ redundancy: 'fec' });
    publish(parts, 25);
    expect(types(parts)).toBe(`${'d'.repeat(25)}ppppp`);
    publish(parts, 1);
    expect(wire.dseqOf(parts.sender.sent[0] as Buffer)).toBe(26);
    expect(parts.counters).toMatchObject({ repairs: 5, sentMessages: 0 });
  });

  it('sends those of a short tail with the heartbeat that tells of it', () => {
    const parts = live({ redundancy: 'fec' });
    publish(parts, 2);
    types(parts);
    expect(ticks(parts, 1_500)).toEqual([
      '100 heartbeat 3',
      '100 parity 1',
      '100 parity 2',
      '1100 heartbeat 3',
    ]);
  });

  it('protects what it tells of messages that were skipped', () => {
    const parts = live({ redundancy: 'fec', payloadBytes: 16 });
    publish(parts, 1);
    parts.broadcast.publish('k', 'longer than a datagram');
    parts.broadcast.publish('k', 'short');
    parts.clock.advance(0);
    expect(types(parts)).toBe('dld');
    parts.lease.tick(parts.clock.now() + 100_000, parts.clock.now());
    expect(types(parts)).toBe('hppp');
  });

  it('does not protect what is owed at once: a replay has no parities, what is live then has', () => {
    const parts = rig({ redundancy: 'fec', fromSeq: 1, payloadBytes: 16 });
    parts.lease.reported({ highest: 0, lost: 0 });
    parts.clock.advance(0);
    expect(types(parts)).toMatch(/^\?d{5,}$/);
    publish(parts, 25);
    expect(types(parts)).toBe(`${'d'.repeat(25)}ppppp`);
  });

  it('sends nothing more once it is over', () => {
    const parts = live({ redundancy: 'fec' });
    publish(parts, 3);
    types(parts);
    parts.lease.drop();
    parts.lease.tick(parts.clock.now() + 200_000, parts.clock.now());
    expect(types(parts)).toBe('');
  });
});

describe('a lease with copies', () => {
  it('sends each datagram once more, ten later', () => {
    const parts = live({ redundancy: 'copy' });
    publish(parts, 12);
    expect(types(parts)).toBe(`${'d'.repeat(11)}cdc`);
    expect(parts.counters).toMatchObject({ repairs: 2, repairsSuperseded: 0 });
  });

  it('sends none of what has been superseded, by the keys of the feed', () => {
    const parts = live({ redundancy: 'copy' });
    for (let i = 0; i < 15; i++) {
      parts.broadcast.publish(i % 2 === 0 ? 'same' : '', i);
      parts.clock.advance(0);
    }
    // Messages without a key replace nothing: 2 and 4 of the first five are copied.
    expect(types(parts)).toBe(`${'d'.repeat(12)}cddcd`);
    expect(parts.counters).toMatchObject({ repairs: 2, repairsSuperseded: 3 });
  });
});

describe('a lease without redundancy', () => {
  it('sends the stream, and nothing beside it', () => {
    const parts = live();
    publish(parts, 60);
    expect(types(parts)).toBe('d'.repeat(60));
    expect(ticks(parts, 900)).toEqual([]);
  });
});
