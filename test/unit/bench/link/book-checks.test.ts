/** What a cell sees of its own link, against computed books. */
import { describe, expect, it } from 'vitest';
import type { FateCounts, LinkBook } from '../../../../bench/link/link-book.js';
import { bookChecks, failedChecks } from '../../../../bench/link/verify/book-checks.js';
import { specOf } from '../../../support/link/offered.js';

const ZERO: FateCounts = {
  ...{ packets: 0, bytes: 0, delivered: 0, deliveredBytes: 0 },
  ...{ lost: 0, overflow: 0, outage: 0, noRoom: 0, duplicated: 0, reordered: 0, corrupted: 0 },
};

/** Of as many clients as there are counts of their downward direction; nothing went up. */
function bookOf(...clients: readonly Partial<FateCounts>[]): LinkBook {
  return {
    clients: clients.map((down) => ({
      up: ZERO,
      down: { ...ZERO, ...down },
      droppedData: { dseq: [], seq: [], count: [], unlisted: 0 },
      droppedSegments: 0,
    })),
    ...{ strangers: ZERO, uplinkOverflow: 0, unread: 0, noRoom: 0, cpuMicros: 0 },
    lateness: { p50: null, p99: null, max: null, count: 0 },
  };
}

const NOTHING = { latency: null, roundTrip: null };

/** Of a link since its start, or since `before`. */
function failedOf(text: string, after: Partial<FateCounts>, before: Partial<FateCounts> = {}) {
  const checks = bookChecks(specOf(text), bookOf(before), bookOf(after), NOTHING);
  return failedChecks(checks).map(({ direction, what }) => `${direction} ${what}`);
}

const passing = (packets: number, change: Partial<FateCounts>): Partial<FateCounts> => ({
  packets,
  delivered: packets - (change.lost ?? 0) - (change.overflow ?? 0) - (change.outage ?? 0),
  ...change,
});

describe('what a cell sees of its link', () => {
  it('is its loss among the packets that no queue and no outage took', () => {
    // 10,000 that reach the loss, 5 %: 500 with a deviation of 21.8; 4.9 of them are 107.
    const behindQueue = (lost: number) => passing(13_000, { lost, overflow: 2_000, outage: 1_000 });
    const [loss] = bookChecks(specOf('loss=5%'), bookOf({}), bookOf(behindQueue(500)), NOTHING);
    expect(loss).toMatchObject({ what: 'loss', requested: 0.05, achieved: 0.05, unit: 'share' });
    expect(loss!.low).toBeCloseTo(0.0397, 3);
    expect(loss!.high).toBeCloseTo(0.0611, 3);
    for (const lost of [400, 600]) expect(failedOf('loss=5%', behindQueue(lost))).toEqual([]);
    for (const lost of [390, 615])
      expect(failedOf('loss=5%', behindQueue(lost))).toEqual(['down loss']);
  });

  it('is the growth of its book, and not what was before the feed', () => {
    const before = passing(5_000, { lost: 2_500 });
    const grown = (lost: number) => passing(15_000, { lost: 2_500 + lost });
    expect(failedOf('loss=5%', grown(500), before)).toEqual([]);
    expect(failedOf('loss=5%', grown(700), before)).toEqual(['down loss']);
  });

  it('allows bursts their wider range, and losses by number none at all', () => {
    // The deviation of bursts of 5 is three times as wide.
    for (const lost of [330, 690])
      expect(failedOf('loss=5%/burst=5', passing(10_000, { lost }))).toEqual([]);
    const every = (lost: number, packets = 10_050) =>
      failedOf('loss=every:100', passing(packets, { lost }));
    expect([every(100), every(99), every(101)]).toEqual([[], ['down loss'], ['down loss']]);
    // Packets 101 to 250 of the flow: 200 alone.
    const later = passing(250, { lost: 2 });
    expect(failedOf('loss=every:100', later, passing(100, { lost: 1 }))).toEqual([]);
    expect(failedOf('loss=every:100', later, passing(100, { lost: 2 }))).toEqual(['down loss']);
    // One that the queue took cannot be lost as well.
    expect(failedOf('loss=list:3,7', passing(20, { lost: 1, overflow: 1 }))).toEqual([]);
    expect(failedOf('loss=list:3,7', passing(20, { lost: 1 }))).toEqual(['down loss']);
  });

  it('counts losses by number for each client by itself', () => {
    const client = (packets: number, lost: number) => passing(packets, { lost });
    const checks = (...clients: Partial<FateCounts>[]) =>
      failedChecks(
        bookChecks(specOf('loss=every:100'), bookOf({}, {}), bookOf(...clients), NOTHING),
      );
    // 150 packets of two clients are one loss each; of one client they would be three.
    expect(checks(client(150, 1), client(150, 1))).toEqual([]);
    expect(checks(client(150, 1), client(150, 2))).toHaveLength(1);
  });

  it('is what it doubled, inverted and held back, of those that passed', () => {
    const seen = (change: Partial<FateCounts>) =>
      failedOf('dup=10%/corrupt=1%/reorder=5%', passing(10_000, change));
    expect(seen({ duplicated: 1_000, corrupted: 100, reordered: 500 })).toEqual([]);
    expect(seen({ duplicated: 840, corrupted: 160, reordered: 620 })).toEqual([
      'down duplicated',
      'down corrupted',
      'down reordered',
    ]);
    expect(failedOf('delay=1ms', passing(1_000, { duplicated: 3, lost: 1 }))).toEqual([
      'down loss',
      'down duplicated',
    ]);
  });

  it('is refused where something came faster than its delay, jitter apart', () => {
    const failed = (latency: number | null, roundTrip: number | null) =>
      failedChecks(
        bookChecks(specOf('up.delay=10ms/down.delay=30ms/jitter=5ms'), bookOf({}), bookOf({}), {
          latency,
          roundTrip,
        }),
      ).map(({ what }) => what);
    expect(failed(25_000, 30_000)).toEqual([]);
    // Two clocks; three digits of a histogram, and three that a ping rounds to.
    expect(failed(24_900, 29_800)).toEqual([]);
    expect(failed(24_899, 29_799)).toEqual(['least latency', 'least ping']);
    expect(failed(null, null)).toEqual([]);
  });

  it('says nothing of what was not asked for and did not happen, or of no packets', () => {
    expect(bookChecks(specOf('none'), bookOf({}), bookOf(passing(9, {})), NOTHING)).toEqual([]);
    expect(bookChecks(specOf('loss=5%'), bookOf({}), bookOf({}), NOTHING)).toEqual([]);
  });
});
