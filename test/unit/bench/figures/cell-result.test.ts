/**
 * A whole cell, field by field: a flawless one, one with what it was told of datagrams and cuts,
 * and those that ended early.
 */
import { describe, expect, it } from 'vitest';
import { cellResult } from '../../../../bench/figures/cell-result.js';
import { SecondsMerger } from '../../../../bench/record/seconds.js';
import { resultSchema } from '../../../../bench/result/result.js';
import { newServerCounters } from '../../../../src/transports/counters.js';
import {
  cellRecord,
  codes,
  facts,
  START,
  serverReport,
  subscribersReport,
  usage,
} from '../../../support/result/cell-record.js';
import { countsOf } from '../../../support/result/latencies.js';
import { makeResult } from '../../../support/result/result-factory.js';

describe('cellResult', () => {
  it('takes a subscriber that was given up, and speaks on, for no stranger', () => {
    const verdictWith = (silent: number): string[] => {
      const counters = { ...newServerCounters(), malformed: 500, silent };
      return codes(cellResult(cellRecord({ servers: [serverReport({ counters })] }), facts()));
    };
    expect(verdictWith(0)).toContain('STRANGERS');
    expect(verdictWith(1)).not.toContain('STRANGERS');
  });

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
      latency_at: 'receipt',
      unstamped: null,
      latency_us: { count: 2_000, p50: 1_000, min: 1_000, max: 1_000, mean: 1_000 },
      receipt_us: { count: 2_000, p50: 1_000, min: 1_000, max: 1_000, mean: 1_000 },
      arrival_us: null,
      instrument_us: null,
      server: { schedule_lag_us: { count: 200, p50: 30, p90: 30, p99: null } },
      service_us: { count: 2_000, min: 970, max: 970 },
      completion_us: { count: 200, min: 1_000, max: 1_000 },
      skew_us: { count: 200, min: 10, max: 10 },
      complete: 200,
      staleness_us: { count: 400 },
      ipdv_us: { count: 1_990, max: 0 },
      pdv_us: { p50: 0, p99: 0, p999: null },
      jitter_us: { subscribers: 10, p50: 0, max: 0 },
      reordering: {
        ratio: 0,
        extent_max: 0,
        extent_mean: null,
        n_reordered: { n1: 0, n2: 0, n3: 0 },
      },
      position_us: Array.from({ length: 10 }, () => 1_000),
      stages_us: {
        schedule: 30,
        encode: 2,
        queue: null,
        network: 968,
        instrument: null,
        decode: 0.5,
      },
      verified: 4,
      corrupt: 0,
      ping: { reference: 'none' },
    });
    expect(resultSchema.parse(makeResult([cell])).cells[0]).toEqual(cell);
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
    const config = { transportOptions: { receiveBufferBytes: 8_000, sendBufferBytes: 5_000 } };
    const record = cellRecord({
      subscribers,
      server: {
        kind: 'local',
        sendBufferBytes: 10_000,
        sender: 'dgram',
        congestionControl: null,
      },
    });
    const cell = cellResult(record, facts({ reliable: false }, config));
    expect(cell.datagrams).toEqual({
      sent: 3_000,
      received: 1_700,
      lost: 4,
      duplicated: 2,
      reordered: 1,
    });
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
    const nobody = { failure, servers: [], subscribers: [] };
    const cell = cellResult(cellRecord(nobody), facts({ reliable: false }));
    expect(cell).toMatchObject({
      incomplete: true,
      published: null,
      expected: null,
      delivered: null,
      lost: null,
      late: null,
      loss_ratio: null,
      reach: null,
      rate_ratio: null,
      server: { kind: 'local', feed_sha256: null, use: null },
      clients_use: null,
      latency_us: { count: 0, p50: null },
      service_us: { count: 0 },
      completion_us: null,
      complete: null,
      jitter_us: null,
      staleness_us: null,
      staleness_excess_us: null,
      position_us: null,
      stages_us: {
        schedule: null,
        encode: null,
        queue: null,
        network: null,
        instrument: null,
        decode: null,
      },
      verified: null,
      duplicates: null,
      reordered: null,
      corrupt: null,
      datagrams: null,
      goodput: { messages_per_s: null, bytes_per_s: null },
      rss_bytes: { server: null, clients: null, server_per_client: null },
      cpu_us_per_delivery: { server: null, clients: null },
      drain_s: null,
    });
    const { joined, ...counts } = cell.ledger;
    expect(joined).toBe(cell.joined);
    expect(Object.values(counts).every((value) => value === null)).toBe(true);
    expect(cell.series).toEqual([]);
    expect(codes(cell)).toEqual(['WORKER_DIED']);
    resultSchema.parse(makeResult([cell]));
  });

  it('interrupted before its window a cell has nothing in it, and nobody knows how busy a process was', () => {
    const idle = usage({
      cpuMicros: null,
      windowCpuMicros: null,
      windowMicros: null,
      loopUtilization: null,
      loopDelayP99Micros: null,
      loopDelayMaxMicros: null,
      rssStartBytes: null,
    });
    const server = serverReport({
      range: { first: 1, last: 0 },
      lastPublishedAt: 0,
      endedAt: START - 500_000,
      publishedPerSecond: [],
      lag: countsOf([]),
      usage: idle,
    });
    const subscribers = [
      subscribersReport({ delivered: 0, deliveredBytes: 0, lastDeliveredAt: 0, usage: idle }),
    ];
    const cell = cellResult(
      cellRecord({
        interrupted: true,
        servers: [server],
        subscribers,
        seconds: new SecondsMerger(1),
      }),
      facts(),
    );
    expect(cell).toMatchObject({
      published: 0,
      expected: 0,
      loss_ratio: null,
      goodput: { messages_per_s: null, bytes_per_s: null },
      series: [],
      server: {
        use: {
          cpu_us: null,
          cpu_cores: null,
          cpu_us_per_delivery: null,
          loop_utilization: null,
          loop_delay_us: { p99: null, max: null },
          rss_start_bytes: null,
        },
      },
    });
    expect(cell.rss_bytes.server).toBeGreaterThan(0);
    resultSchema.parse(makeResult([cell]));
    expect(codes(cell)).toEqual(['INTERRUPTED', 'NOTHING_DELIVERED']);
  });
});
