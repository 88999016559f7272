/** What becomes of a subscriber that loses too much. */
import { describe, expect, it } from 'vitest';
import { decodeEnd } from '../../../../../src/transports/datagram/control-packets.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { NOTHING_YET, type Rig, rig } from '../../../../support/core/lease-rig.js';

/** Its ACCEPT was answered after 100 ms; it tells its buffer, and answers. */
function far(options: Parameters<typeof rig>[0] = {}): Rig {
  const parts = rig({
    circuitBreaker: true,
    repair: true,
    receiveBufferBytes: 212_992,
    messages: 10_000,
    payloadBytes: 16,
    ...options,
  });
  parts.clock.advance(100);
  parts.lease.reported(NOTHING_YET);
  parts.sender.take();
  return parts;
}

/**
 * A second in which 500 messages are published, each a datagram, and this share of what is sent is
 * lost. Its client answers whenever it is asked, and at the end. Returns datagrams sent.
 */
function second(parts: Rig, loss: number): number {
  let sent = 0;
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 5; j++) parts.broadcast.publish(`k${j}`, 1_234_567);
    parts.clock.advance(10);
    const data = parts.sender.sent.splice(0).filter(isNumbered);
    sent += data.length;
    const last = data.at(-1);
    if (last === undefined || !(i === 99 || data.some(asks))) continue;
    const highest = wire.dseqOf(last);
    parts.lease.reported({ highest, lost: Math.round(highest * loss) });
    parts.clock.advance(0);
  }
  return sent;
}

const isNumbered = (bytes: Buffer): boolean =>
  [wire.PACKET.data, wire.PACKET.lagged].some((type) => type === wire.packetType(bytes));
const asks = (bytes: Buffer): boolean => (wire.flagsOf(bytes) & wire.FLAG.report) !== 0;

function reasonOfEnd({ sender }: Rig): string | undefined {
  const end = sender.sent.find((bytes) => wire.packetType(bytes) === wire.PACKET.end);
  return end && decodeEnd(end)?.reason;
}

describe('a lease with a circuit breaker', () => {
  it('leaves alone who loses little', () => {
    const parts = far();
    for (let i = 0; i < 20; i++) expect(second(parts, 0.01)).toBeGreaterThanOrEqual(500);
    expect(parts.counters).toMatchObject({ reduced: 0, congested: 0, ended: 0 });
  });

  it('paces who loses too much, and sends it no repairs', () => {
    const parts = far();
    // 500 a second and 100 ms are 50: the bound is 6 %.
    expect([1, 2, 3].map(() => second(parts, 0.3))).toEqual([500, 500, 500]);
    expect(parts.counters).toMatchObject({ reduced: 1, congested: 0 });
    const { repairs } = parts.counters;
    parts.lease.asked([{ from: 1, to: 5 }]);
    expect(parts.counters).toMatchObject({ repairs, repairsWithheld: 1 });
    // From now on each datagram of a window is asked about.
    parts.broadcast.publish('k', 1);
    parts.clock.advance(10);
    expect(parts.sender.sent.filter(isNumbered).some(asks)).toBe(true);
  });

  it('ends who goes on losing too much, with a reason of its own', () => {
    const parts = far();
    for (let i = 0; i < 8; i++) second(parts, 0.3);
    expect(parts.counters).toMatchObject({ reduced: 1, congested: 1, ended: 1, silent: 0 });
    for (let i = 0; i < 3; i++) {
      parts.clock.advance(1_000);
      parts.lease.tick(parts.clock.now(), parts.clock.now());
    }
    expect(reasonOfEnd(parts)).toBe('LAB_ERR_CONGESTED');
  });

  it('ends who is there and gets nothing, though it is sent hardly anything any more', () => {
    const parts = far();
    for (let i = 0; i < 20 && parts.counters.ended === 0; i++) {
      for (let j = 0; j < 100; j++) {
        parts.broadcast.publish('k', 1_234_567);
        parts.clock.advance(10);
        parts.lease.tickPacing(parts.clock.now(), 1e-4);
        parts.clock.advance(0);
      }
      parts.lease.reported({ highest: 0, lost: 0 });
    }
    expect(parts.counters).toMatchObject({ reduced: 1, congested: 1, ended: 1 });
  });

  it('paces who has been silent for three REPORTs, and no more soon after it is heard', () => {
    const parts = far();
    parts.clock.advance(2_900);
    parts.lease.tick(parts.clock.now(), parts.clock.now());
    expect(parts.counters.reduced).toBe(0);
    parts.clock.advance(101);
    parts.lease.tick(parts.clock.now(), parts.clock.now());
    expect(parts.counters.reduced).toBe(1);
    for (let i = 0; i < 5; i++) second(parts, 0);
    parts.broadcast.publish('k', 1);
    parts.clock.advance(10);
    expect(parts.sender.sent.filter(isNumbered).some(asks)).toBe(false);
    expect(parts.counters).toMatchObject({ reduced: 1, congested: 0, ended: 0 });
  });
});

describe('a lease without one', () => {
  it('lets a subscriber lose what it likes', () => {
    const parts = far({ circuitBreaker: false });
    for (let i = 0; i < 12; i++) expect(second(parts, 0.9)).toBe(500);
    expect(parts.counters).toMatchObject({ reduced: 0, congested: 0, ended: 0 });
  });
});
