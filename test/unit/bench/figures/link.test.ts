/** The figures of a link, and what they make of a cell. */
import { describe, expect, it } from 'vitest';
import { cellResult } from '../../../../bench/figures/cell-result.js';
import type { FateCounts, LinkBook } from '../../../../bench/link/link-book.js';
import { parseLink } from '../../../../bench/link/spec/parse.js';
import { SecondsMerger } from '../../../../bench/record/seconds.js';
import { linkReasons } from '../../../../bench/verdict/link.js';
import {
  cellRecord,
  facts,
  serverReport,
  subscribersReport,
} from '../../../support/result/cell-record.js';

const noTrace = () => ({ atUs: [], sha256: '' });
const spec = parseLink('--link', 'up.delay=5ms/down.delay=30ms/down.loss=2%', noTrace);

const ZERO: FateCounts = {
  packets: 0,
  bytes: 0,
  delivered: 0,
  deliveredBytes: 0,
  lost: 0,
  overflow: 0,
  outage: 0,
  noRoom: 0,
  duplicated: 0,
  reordered: 0,
  corrupted: 0,
};

/** Of ten clients; packets of 100 bytes, `lost` of each down. */
function book(packets: number, lost: number, change: Partial<LinkBook> = {}): LinkBook {
  const counts = { ...ZERO, packets, bytes: packets * 100, delivered: packets, lost: 0 };
  const client = {
    up: counts,
    down: { ...counts, delivered: packets - lost, lost },
    // Of the window, messages 101 to 300, so one of two and two.
    droppedData: { dseq: [3, 9], seq: [100, 120], count: [2, 2], unlisted: 0 },
    droppedSegments: 4,
  };
  return {
    clients: Array.from({ length: 10 }, () => client),
    strangers: ZERO,
    uplinkOverflow: 0,
    lateness: { p50: 20, p99: 300, max: 900, count: 5_000 },
    unread: 0,
    noRoom: 0,
    cpuMicros: 1,
    ...change,
  };
}

const RANGE = { first: 101, last: 300 };

function cellBehind(after: LinkBook, reliable = false, network = 30) {
  return cellResult(
    cellRecord({
      plan: { link: 'up.delay=5ms/down.delay=30ms/down.loss=2%' },
      link: { spec, before: book(100, 1), after },
      // None of the messages was faster than the link.
      seconds: new SecondsMerger(0),
      servers: [serverReport({ range: RANGE })],
      subscribers: [subscribersReport({ delivered: 2_000 - network, network, kernelDrops: 0 })],
    }),
    facts({ reliable }),
  );
}

describe('the figures of a link', () => {
  it('are the growth of its book while there was a feed, all clients together', () => {
    const { link, link_counts: counts } = cellBehind(book(400, 7));
    expect(link).toBe('up.delay=5ms/down.delay=30ms/down.loss=2%');
    expect(counts).toMatchObject({
      delay_us: { up: 5_000, down: 30_000 },
      down: { packets: 3_000, bytes: 300_000, delivered: 2_940, lost: 60 },
      up: { packets: 3_000, bytes: 300_000, delivered: 3_000, lost: 0 },
      lateness_us: { p50: 20, p99: 300, max: 900 },
    });
  });

  it('count datagrams and messages of the window over UDP, and segments over TCP', () => {
    expect(cellBehind(book(400, 7)).link_counts).toMatchObject({
      dropped_datagrams: 20,
      dropped_messages: 30,
      dropped_segments: null,
    });
    expect(cellBehind(book(400, 7), true).link_counts).toMatchObject({
      dropped_datagrams: null,
      dropped_messages: null,
      dropped_segments: 0,
    });
  });

  it('let the ledger charge the network, as long as every dropped datagram is listed', () => {
    expect(cellBehind(book(400, 7)).ledger).toMatchObject({ network_lost: 30, unattributed: 0 });
    const whole = book(400, 7);
    const unlisted = { dseq: [], seq: [], count: [], unlisted: 5 };
    const clients = whole.clients.map((client) => ({ ...client, droppedData: unlisted }));
    expect(cellBehind({ ...whole, clients }).ledger).toMatchObject({ network_lost: null });
    expect(cellBehind({ ...whole, clients }).link_counts).toMatchObject({ dropped_messages: null });
  });
});

describe('the verdict of a link', () => {
  const codes = (change: Partial<LinkBook>): string[] =>
    linkReasons(cellBehind(book(400, 7, change))).map(({ code }) => code);
  const late = (p99: number | null): Partial<LinkBook> => ({
    lateness: { p50: 20, p99, max: null, count: 5_000 },
  });

  it('is about packets that were later than 1 ms, and than 5 % of the delay asked for', () => {
    expect(codes({})).toEqual([]);
    expect(codes(late(null))).toEqual([]);
    // 5 % of 30 ms.
    expect(codes(late(1_500))).toEqual([]);
    expect(codes(late(1_501))).toEqual(['LINK_LATE']);
  });

  it('is about a loss that chance does not give, both ways', () => {
    // 3,000 packets and 2 %: 60 are expected, and 25 to 103 but for one time in a million.
    const lost = (each: number): string[] =>
      linkReasons(cellBehind(book(400, 1 + each))).map(({ code }) => code);
    expect(lost(6)).toEqual([]);
    expect([lost(3), lost(10)]).toEqual([[], []]);
    expect([lost(2), lost(11)]).toEqual([['LINK_UNVERIFIED'], ['LINK_UNVERIFIED']]);
    const [reason] = linkReasons(cellBehind(book(400, 31)));
    expect(reason?.message).toMatch(
      /down loss 10 %, asked for 2 % \(allowed: 0\.\d+ % to 3\.\d+ %\)$/,
    );
    expect(cellBehind(book(400, 31)).verdict.status).toBe('INVALID');
  });

  it('of an earlier lab, whose cells did not look, is not about that', () => {
    const { link_counts: counts } = cellBehind(book(400, 31));
    expect(linkReasons({ link_counts: { ...counts!, checks: null } })).toEqual([]);
  });

  it('is about every packet that was thrown away unasked', () => {
    expect(codes({ unread: 1 })).toEqual(['LINK_OVERRUN']);
    expect(codes({ noRoom: 2 })).toEqual(['LINK_OVERRUN']);
    expect(cellBehind(book(400, 7, { noRoom: 2 })).verdict.status).toBe('INVALID');
  });
});
