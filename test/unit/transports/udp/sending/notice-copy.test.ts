import { describe, expect, it } from 'vitest';
import { ToldRanges } from '../../../../../src/transports/client/told-ranges.js';
import {
  decodeLagged,
  laggedPayload,
} from '../../../../../src/transports/datagram/control-packets.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import { NoticeCopy } from '../../../../../src/transports/udp/sending/notice-copy.js';

const range = (from: number, next: number) =>
  ({ control: 'lagged', missed: 1, from, next }) as const;
const EPOCH = { high: 1, low: 2 };

describe('a conflated range', () => {
  it('is news once, whether its notice comes or the copy, and in whatever order', () => {
    const told = new ToldRanges();
    expect(told.isNews(range(1, 9), false)).toBe(true);
    expect(told.isNews(range(1, 9), true)).toBe(false);
    expect(told.isNews(range(9, 20), true)).toBe(true);
    expect(told.isNews(range(9, 20), false)).toBe(false);
  });

  it('may be told of again with more, which is news', () => {
    const told = new ToldRanges();
    told.isNews(range(1, 9), false);
    expect(told.isNews(range(1, 9), false)).toBe(true);
    const byCopy = new ToldRanges();
    byCopy.isNews(range(1, 9), true);
    byCopy.isNews(range(1, 9), false);
    expect(byCopy.isNews(range(1, 9), false)).toBe(true);
  });

  it('is remembered among a bounded number', () => {
    const told = new ToldRanges();
    for (let i = 1; i <= 65; i++) told.isNews(range(i, i + 9), false);
    expect(told.isNews(range(2, 11), true)).toBe(false);
    expect(told.isNews(range(1, 10), true)).toBe(true);
  });
});

describe('the copy of a notice', () => {
  const payload = laggedPayload(7, { from: 3, ageMicros: 50 });

  it('is the notice, marked as a copy and without a number', () => {
    const copy = new NoticeCopy();
    copy.told(12, payload, 5);
    const bytes = copy.take(9, false, EPOCH, 1_000)!;
    expect(decodeLagged(bytes)).toEqual({
      ...{ control: 'lagged', missed: 7, next: 12, from: 3, age_us: 50 },
    });
    expect(wire.flagsOf(bytes)).toBe(wire.FLAG.conflated | wire.FLAG.retransmit);
    expect([wire.packetType(bytes), wire.dseqOf(bytes)]).toEqual([wire.PACKET.lagged, 0]);
  });

  it('is sent once, four datagrams later or when nothing else is', () => {
    const copy = new NoticeCopy();
    copy.told(12, payload, 5);
    expect(copy.take(8, false, EPOCH, 0)).toBeUndefined();
    expect(copy.take(9, false, EPOCH, 0)).toBeDefined();
    expect(copy.take(9, true, EPOCH, 0)).toBeUndefined();
    copy.told(20, payload, 9);
    expect(copy.take(9, true, EPOCH, 0)).toBeDefined();
  });

  it('is not made of what is told of the same range once more', () => {
    const copy = new NoticeCopy();
    copy.told(12, payload, 5);
    copy.take(9, false, EPOCH, 0);
    copy.told(12, payload, 9);
    expect(copy.take(99, true, EPOCH, 0)).toBeUndefined();
  });
});
