import { describe, expect, it } from 'vitest';
import { cellResult } from '../../bench/cell-result.js';
import { SecondsMerger } from '../../bench/record/seconds.js';
import { type CellResult, resultSchema } from '../../bench/result.js';
import { newServerCounters } from '../../src/transports/counters.js';
import { cellRecord, facts, START, serverReport, subscribersReport, usage } from './support/cell-record.js';
import { countsOf } from './support/latencies.js';
import { makeResult } from './support/result-factory.js';

const codes = ({ verdict }: CellResult): string[] => verdict.reasons.map(({ code }) => code);

describe('cellResult', () => {
  it('of a flawless cell: everything delivered, nothing lost, VALID', () => {
    const cell = cellResult(cellRecord(), facts());
    expect(cell).toMatchObject({
      clients: 10,
      joined: 10,
      published: 200,
      expected: 2_000,
      delivered: 2_000,
      reach: 1,
      lost: 0,
      loss_ratio: 0,
      late: 0,
      rate_ratio: 1,
      incomplete: false,
      datagrams: null,
      goodput: { messages_per_s: 1_000, bytes_per_s: 98_500 },
      verdict: { status: 'VALID', reasons: [] },
      ledger: { expected: 2_000, delivered: 2_000, unattributed: 0, balanced: true },
      latency_us: { count: 2_000, p50: 1_000, min: 1_000, max: 1_000, mean: 1_000 },
      lag_us: { count: 200, p50: 30, p90: 30, p99: null },
      service_us: { count: 2_000, min: 970, max: 970 },
      completion_us: { count: 200, min: 1_000, max: 1_000 },
      skew_us: { count: 200, min: 10, max: 10 },
      complete: 200,
      staleness_us: { count: 400 },
      ipdv_us: { count: 1_990, max: 0 },
      pdv_us: { p50: 0, p99: 0, p999: null },
      jitter_us: { subscribers: 10, p50: 0, max: 0 },
      reordering: { ratio: 0, extent_max: 0, extent_mean: null, n_reordered: { n1: 0, n2: 0, n3: 0 } },
      position_us: Array.from({ length: 10 }, () => 1_000),
      stages_us: { schedule: 30, encode: 2, queue: null, transit: 968, decode: 0.5 },
      verified: 4,
      corrupt: 0,
      ping: { reference: 'none' },
    });
    expect(resultSchema.parse(makeResult([cell])).cells[0]).toEqual(cell);
  });

  describe('goodput', () => {
    it('is over the window while deliveries keep up, and until the last delivery when they outlast it', () => {
      const outlasting = subscribersReport({ lastDeliveredAt: START + 4_000_000 });
      expect(cellResult(cellRecord({ subscribers: [outlasting] }), facts()).goodput).toEqual({
        messages_per_s: 500,
        bytes_per_s: 49_250,
      });
    });

    it('adds up the processes, and the slowest of them sets the end', () => {
      const subscribers = [
        subscribersReport({ joined: [5], delivered: 1_000, deliveredBytes: 98_500 }),
        subscribersReport({
          joined: [5],
          delivered: 600,
          deliveredBytes: 60_000,
          lastDeliveredAt: START + 3_200_000,
        }),
      ];
      expect(cellResult(cellRecord({ subscribers }), facts()).goodput).toEqual({
        messages_per_s: 500,
        bytes_per_s: 158_500 / 3.2,
      });
    });

    it('of an interrupted window is over what there was of it', () => {
      const record = cellRecord({
        interrupted: true,
        servers: [serverReport({ range: { first: 101, last: 150 }, lastPublishedAt: START + 500_000 })],
        subscribers: [
          subscribersReport({ delivered: 500, deliveredBytes: 5_000, lastDeliveredAt: START + 500_000 }),
        ],
      });
      const cell = cellResult(record, facts());
      expect(cell.goodput).toEqual({ messages_per_s: 1_000, bytes_per_s: 10_000 });
      expect(cell).toMatchObject({ incomplete: true, expected: 500, loss_ratio: 0, rate_ratio: null });
      expect(codes(cell)).toEqual(['INTERRUPTED']);
    });
  });

  describe('the ledger', () => {
    it('charges causes up to what is missing, and the rest is unattributed', () => {
      const subscribers = [
        subscribersReport({ delivered: 1_900, droppedByPolicy: 40, kernelDrops: 20, late: 5, inFlight: 10 }),
      ];
      const server = serverReport({ counters: { ...newServerCounters(), sendErrorMessages: 7 } });
      const cell = cellResult(cellRecord({ subscribers, servers: [server] }), facts());
      expect(cell.ledger).toEqual({
        published: 200,
        joined: 10,
        expected: 2_000,
        delivered: 1_900,
        dropped_by_policy: 40,
        send_errors: 7,
        kernel_receive_drops: 20,
        network: null,
        late: 15,
        conflated: 0,
        unattributed: 100 - 40 - 7 - 20 - 15,
        subscribers_unbalanced: 0,
        balanced: false,
      });
      expect(cell).toMatchObject({ lost: 100, loss_ratio: 0.05, reach: 0.95, late: 15 });
      expect(codes(cell)).toEqual(['LEDGER_UNBALANCED']);
    });

    it('no cause explains more than is still missing: losses of the warm-up are not charged to the window', () => {
      const subscribers = [
        subscribersReport({ delivered: 1_990, droppedByPolicy: 4, kernelDrops: 500, late: 0 }),
      ];
      const server = serverReport({ counters: { ...newServerCounters(), sendErrorMessages: 3 } });
      expect(cellResult(cellRecord({ subscribers, servers: [server] }), facts()).ledger).toMatchObject({
        dropped_by_policy: 4,
        send_errors: 3,
        kernel_receive_drops: 3,
        unattributed: 0,
        balanced: true,
      });
    });

    it('where the kernel cannot be asked its drops are unknown, not zero, and the loss stays unattributed', () => {
      const subscribers = [
        subscribersReport({ joined: [5], delivered: 950, kernelDrops: null }),
        subscribersReport({ joined: [5], delivered: 950, kernelDrops: 50 }),
      ];
      const { ledger } = cellResult(cellRecord({ subscribers }), facts({ reliable: false }));
      expect(ledger).toMatchObject({ kernel_receive_drops: null, unattributed: 100, balanced: false });
    });

    it('expects only of those who joined', () => {
      const cell = cellResult(
        cellRecord({ joined: 9, subscribers: [subscribersReport({ joined: [9], delivered: 1_800 })] }),
        facts(),
      );
      expect(cell).toMatchObject({ expected: 1_800, delivered: 1_800, loss_ratio: 0 });
      expect(codes(cell)).toEqual(['READINESS_INCOMPLETE']);
    });
  });

  describe('of several servers', () => {
    const one = serverReport({
      counters: { ...newServerCounters(), sends: 600, sendBytes: 90_000, sentMessages: 1_200 },
    });
    const other = serverReport({
      lag: countsOf(Array.from({ length: 200 }, () => 50)),
      encodeMicros: 4,
      totalSends: 2_000,
      counters: { ...newServerCounters(), sends: 400, sendBytes: 60_000, sentMessages: 800 },
      usage: usage({ cpuMicros: 300_000, windowCpuMicros: 200_000, loopUtilization: 0.5 }),
    });
    const subscribers = [
      subscribersReport({ joined: [4, 3], delivered: 1_400 }),
      subscribersReport({ joined: [2, 1], delivered: 600 }),
    ];
    const of = (change: Parameters<typeof cellRecord>[0]): CellResult =>
      cellResult(cellRecord({ servers: [one, other], subscribers, ...change }), facts({ reliable: false }));

    it('what was published counts once, what was done for it is added up', () => {
      const cell = of({});
      expect(cell).toMatchObject({
        published: 200,
        expected: 2_000,
        delivered: 2_000,
        rate_ratio: 1,
        feed_sha256: 'f'.repeat(64),
        datagrams: { sent: 5_000 },
        wire: { bytes_per_delivery: 75, messages_per_send: 2 },
        lag_us: { count: 400, min: 30, max: 50, mean: 40 },
        stages_us: { schedule: 40, encode: 3 },
        cpu_us_per_delivery: { server: 400 },
        server: { processes: 2, cpu_us: 800_000, loop_utilization: 0.5 },
        rss_bytes: { server: 140_000_000 },
        verdict: { status: 'VALID' },
      });
      expect(cell.server?.cpu_cores).toBeCloseTo(0.2 + 0.1, 12);
      expect(cell.series.map(({ published }) => published)).toEqual([100, 100]);
    });

    it('cut short at different messages, each subscriber is owed what its own server published', () => {
      const cell = of({
        interrupted: true,
        servers: [
          { ...one, range: { first: 101, last: 150 }, feedSha256: 'a', lastPublishedAt: START + 500_000 },
          { ...other, range: { first: 101, last: 153 }, feedSha256: 'b', lastPublishedAt: START + 530_000 },
        ],
        subscribers: [
          subscribersReport({
            joined: [6, 4],
            delivered: 6 * 50 + 4 * 53,
            lastDeliveredAt: START + 531_000,
          }),
        ],
      });
      expect(cell).toMatchObject({ published: 53, expected: 512, delivered: 512, feed_sha256: 'b' });
      expect(cell.ledger).toMatchObject({ published: 53, joined: 10, unattributed: 0, balanced: true });
      expect(codes(cell)).toEqual(['INTERRUPTED']);
    });

    it('the slowest sets the rate, and one that is behind makes the cell so', () => {
      const late = { ...other, lastPublishedAt: START + 2_500_000 };
      expect(of({ servers: [one, late] }).rate_ratio).toBe(0.8);
      const few = { ...other, range: { first: 101, last: 250 }, behind: true };
      const cell = of({
        servers: [few, one],
        subscribers: [subscribersReport({ joined: [5, 5], delivered: 5 * 150 + 5 * 200 })],
      });
      expect(cell).toMatchObject({ rate_ratio: 0.75, published: 200, expected: 1_750, loss_ratio: 0 });
      expect(codes(cell)).toEqual(['RATE_MISSED']);
    });

    it('feeds that differ make it INVALID, in content or in length', () => {
      expect(codes(of({ servers: [one, { ...other, feedSha256: 'a' }] }))).toEqual(['FEED_MISMATCH']);
      const longer = { ...other, range: { first: 101, last: 301 } };
      expect(codes(of({ servers: [one, longer] }))).toContain('FEED_MISMATCH');
      const interrupted = { servers: [one, { ...other, feedSha256: 'a' }], interrupted: true };
      expect(codes(of(interrupted))).toEqual(['INTERRUPTED', 'FEED_MISMATCH']);
    });
  });

  describe('rate_ratio', () => {
    it('is the share of the planned messages that was published', () => {
      const server = serverReport({ range: { first: 101, last: 250 } });
      const subscribers = [subscribersReport({ delivered: 1_500 })];
      const cell = cellResult(cellRecord({ servers: [server], subscribers }), facts());
      expect(cell.rate_ratio).toBe(0.75);
      expect(codes(cell)).toEqual(['RATE_MISSED']);
    });

    it('is less than 1 when all were published but it took longer than planned', () => {
      const server = serverReport({ lastPublishedAt: START + 2_500_000 });
      expect(cellResult(cellRecord({ servers: [server] }), facts()).rate_ratio).toBe(0.8);
    });

    it('of a recorded pace says whether publishing kept within its time', () => {
      const plan = { ratePerSecond: null };
      expect(cellResult(cellRecord({ plan }), facts())).toMatchObject({ rate_per_s: null, rate_ratio: 1 });
      const server = serverReport({ lastPublishedAt: START + 4_000_000, behind: true });
      const cell = cellResult(cellRecord({ plan, servers: [server] }), facts());
      expect(cell.rate_ratio).toBe(0.5);
      expect(codes(cell)).toEqual(['RATE_MISSED']);
    });
  });

  describe('wire', () => {
    const wire = (sendBytes: number, sentMessages: number, delivered: number, droppedByPolicy = 0) =>
      cellResult(
        cellRecord({
          servers: [
            serverReport({ counters: { ...newServerCounters(), sends: 500, sendBytes, sentMessages } }),
          ],
          subscribers: [subscribersReport({ delivered, droppedByPolicy })],
        }),
        facts({ reliable: false }),
      ).wire;

    it('bytes per delivery are what was handed to sockets for the messages of the window ÷ deliveries', () => {
      expect(wire(240_000, 2_000, 2_000)).toEqual({
        message_bytes: 98.5,
        bytes_per_delivery: 120,
        messages_per_send: 4,
      });
    });

    it('what was lost on the way was sent all the same', () => {
      expect(wire(240_000, 2_000, 1_600).bytes_per_delivery).toBe(150);
    });

    it('messages of the warm-up that were sent in the window do not count', () => {
      expect(wire(252_000, 2_100, 2_000).bytes_per_delivery).toBe(120);
    });

    it('what was skipped by policy or never left the server was not sent', () => {
      expect(wire(120_000, 1_000, 1_000, 1_000).bytes_per_delivery).toBe(120);
      expect(wire(120_000, 1_000, 1_000).bytes_per_delivery).toBe(120);
    });

    it('a send to a group is for all its members: bytes are divided among them, batches and errors are not', () => {
      // 200 messages in 100 datagrams of 240 bytes, to 10 members; 2,000 pairs.
      const counters = { ...newServerCounters(), sends: 100, sendBytes: 24_000, sentMessages: 200 };
      const figures = (delivered: number, change: Partial<typeof counters> = {}, droppedByPolicy = 0) =>
        cellResult(
          cellRecord({
            servers: [serverReport({ totalSends: 120, counters: { ...counters, ...change } })],
            subscribers: [subscribersReport({ delivered, droppedByPolicy })],
          }),
          facts({ reliable: false, multicast: true }),
        );
      expect(figures(2_000).wire).toEqual({
        message_bytes: 98.5,
        bytes_per_delivery: 12,
        messages_per_send: 2,
      });
      expect(figures(1_600).wire.bytes_per_delivery).toBe(15);
      // 10 messages of the warm-up were sent in the window, too.
      const more = { sends: 105, sendBytes: 25_200, sentMessages: 210 };
      expect(figures(2_000, more).wire.bytes_per_delivery).toBe(12);
      // Half of the messages were skipped for everybody.
      const half = { sends: 50, sendBytes: 12_000, sentMessages: 100 };
      expect(figures(1_000, half, 1_000).wire.bytes_per_delivery).toBe(12);
      const refused = figures(1_960, { sendErrorMessages: 4 });
      expect(refused.ledger).toMatchObject({ send_errors: 40, unattributed: 0, balanced: true });
      expect(refused.datagrams?.sent).toBe(120);
    });

    it('without a delivery there is none per delivery', () => {
      expect(wire(240_000, 2_000, 0).bytes_per_delivery).toBeNull();
      expect(wire(0, 0, 0).messages_per_send).toBe(0);
    });
  });

  describe('what the processes used', () => {
    it('is summed over CPU and memory, and the worst of them counts for the loop', () => {
      const subscribers = [
        subscribersReport({ joined: [5], delivered: 1_000 }),
        subscribersReport({
          joined: [5],
          delivered: 1_000,
          usage: usage({
            cpuMicros: 300_000,
            windowCpuMicros: 300_000,
            loopUtilization: 0.5,
            loopDelayP99Micros: 100,
            loopDelayMaxMicros: 9_000,
            rssBytes: 40_000_000,
            rssPeakBytes: 45_000_000,
          }),
        }),
      ];
      const cell = cellResult(cellRecord({ subscribers }), facts());
      expect(cell.cpu_us_per_delivery).toEqual({ server: 250, clients: 400 });
      expect(cell.server).toMatchObject({ processes: 1, cpu_us: 500_000, cpu_cores: 0.2 });
      expect(cell.clients_use).toMatchObject({
        processes: 2,
        cpu_us: 800_000,
        loop_utilization: 0.5,
        loop_delay_us: { p99: 900, max: 9_000 },
        rss_bytes: 100_000_000,
        rss_peak_bytes: 115_000_000,
      });
      expect(cell.clients_use?.cpu_cores).toBeCloseTo(0.2 + 0.15, 12);
      expect(cell.rss_bytes).toMatchObject({ server: 70_000_000, clients: 115_000_000 });
    });

    it('an idle client of a server costs what the servers hold more than before, from 1,000 clients on', () => {
      const perClient = (joined: number, ...joinedBytes: number[]): CellResult['rss_bytes'] => {
        const servers = joinedBytes.map((bytes) =>
          serverReport({ heldAloneBytes: 60_000_000, heldJoinedBytes: bytes }),
        );
        return cellResult(cellRecord({ joined, servers }), facts()).rss_bytes;
      };
      expect(perClient(1_000, 67_000_000)).toMatchObject({
        server_per_client: 7_000,
        server_per_client_reason: null,
      });
      expect(perClient(2_000, 67_000_000, 65_000_000).server_per_client).toBe(6_000);
      expect(perClient(999, 67_000_000)).toMatchObject({
        server_per_client: null,
        server_per_client_reason: 'fewer than 1000 clients weigh little more than the noise',
      });
      expect(perClient(1_000, 59_000_000)).toMatchObject({
        server_per_client: null,
        server_per_client_reason: expect.stringContaining('did not grow'),
      });
      expect(perClient(1_000)).toMatchObject({
        server_per_client: null,
        server_per_client_reason: 'the server left no report',
      });
    });

    it('without a delivery there is no cost of one', () => {
      const subscribers = [
        subscribersReport({ delivered: 0, deliveredBytes: 0, kernelDrops: 2_000, lastDeliveredAt: 0 }),
      ];
      const record = cellRecord({ subscribers, latencies: [] });
      const cell = cellResult(record, facts());
      expect(cell.cpu_us_per_delivery).toEqual({ server: null, clients: null });
      expect(cell).toMatchObject({ loss_ratio: 1, reach: 0, goodput: { messages_per_s: 0, bytes_per_s: 0 } });
      expect(codes(cell)).toEqual(['NOTHING_DELIVERED']);
    });
  });

  it('reports datagrams and buffers of a transport that has them', () => {
    const subscribers = [
      subscribersReport({
        joined: [5],
        delivered: 1_000,
        datagrams: { received: 900, lost: 3, duplicated: 2, reordered: 1 },
        receiveBufferBytes: 16_000,
      }),
      subscribersReport({
        joined: [5],
        delivered: 1_000,
        datagrams: { received: 800, lost: 1, duplicated: 0, reordered: 0 },
        receiveBufferBytes: 8_000,
      }),
    ];
    const config = { receiveBufferBytes: 8_000, sendBufferBytes: 5_000 };
    const record = cellRecord({ subscribers, sendBufferBytes: 10_000 });
    const cell = cellResult(record, facts({ reliable: false }, config));
    expect(cell.datagrams).toEqual({ sent: 3_000, received: 1_700, lost: 4, duplicated: 2, reordered: 1 });
    expect(cell.sockets).toMatchObject({
      receive_buffer_requested_bytes: 8_000,
      receive_buffer_bytes: 8_000,
      send_buffer_requested_bytes: 5_000,
      send_buffer_bytes: 10_000,
    });
    // 8,000 reported are 4,000 granted; 10,000 reported are the 5,000 asked for.
    expect(codes(cell)).toEqual(['RECEIVE_BUFFER_SMALL']);
  });

  it('subscriptions cut off are told by reason over all processes', () => {
    const one = { code: 'LAB_ERR_CLOSED', message: 'gone', count: 2 } as const;
    const subscribers = [
      subscribersReport({ joined: [5], cut: [one] }),
      subscribersReport({ joined: [5], cut: [one] }),
    ];
    const cell = cellResult(
      cellRecord({ subscribers: subscribers.map((report) => ({ ...report, delivered: 1_000 })) }),
      facts(),
    );
    expect(cell.verdict.reasons[0]?.message).toContain('4 × LAB_ERR_CLOSED');
  });

  it('a cell whose worker died has no figures: not even the latencies that had come in', () => {
    const failure = { code: 'LAB_ERR_WORKER_DIED', message: 'killed', hint: 'why?' } as const;
    const cell = cellResult(cellRecord({ failure, servers: [], subscribers: [] }), facts());
    expect(cell).toMatchObject({
      incomplete: true,
      published: 0,
      expected: 0,
      delivered: 0,
      loss_ratio: null,
      reach: null,
      rate_ratio: null,
      feed_sha256: null,
      server: null,
      clients_use: null,
      latency_us: { count: 0, p50: null },
      service_us: { count: 0 },
      completion_us: null,
      complete: null,
      jitter_us: null,
      staleness_us: null,
      position_us: null,
      stages_us: { schedule: null, encode: null, queue: null, transit: null, decode: null },
      verified: 0,
      ledger: { balanced: true },
    });
    expect(cell.series.every(({ delivered, published }) => delivered + published === 0)).toBe(true);
    expect(codes(cell)).toEqual(['WORKER_DIED']);
    resultSchema.parse(makeResult([cell]));
  });

  it('interrupted before its window a cell has nothing in it, and no process was busy', () => {
    const idle = usage({ cpuMicros: 0, windowCpuMicros: 0, windowMicros: 0, loopUtilization: 0 });
    const server = serverReport({
      range: { first: 1, last: 0 },
      lastPublishedAt: 0,
      publishedPerSecond: [],
      lag: countsOf([]),
      usage: idle,
    });
    const subscribers = [
      subscribersReport({ delivered: 0, deliveredBytes: 0, lastDeliveredAt: 0, usage: idle }),
    ];
    const cell = cellResult(
      cellRecord({ interrupted: true, servers: [server], subscribers, seconds: new SecondsMerger(1) }),
      facts(),
    );
    expect(cell).toMatchObject({
      published: 0,
      expected: 0,
      loss_ratio: null,
      goodput: { messages_per_s: 0, bytes_per_s: 0 },
      series: [],
      server: { cpu_us: 0, cpu_cores: 0, cpu_us_per_delivery: null },
    });
    expect(codes(cell)).toEqual(['INTERRUPTED', 'NOTHING_DELIVERED']);
  });
});
