import { describe, expect, it } from 'vitest';
import type { CellRecord, TargetFacts } from '../../../../bench/cell-record.js';
import { cellResult } from '../../../../bench/figures/cell-result.js';
import { type CellResult, resultSchema } from '../../../../bench/result/result.js';
import { targetServer } from '../../../../bench/result/server.js';
import {
  cellRecord,
  codes,
  facts,
  subscribersReport,
} from '../../../support/result/cell-record.js';
import { countsOf } from '../../../support/result/latencies.js';
import { makeResult } from '../../../support/result/result-factory.js';

const TARGET = { url: 'tcp://h:7400', transport: 'tcp', endpoint: { host: 'h', port: 7_400 } };
const FACTS: TargetFacts = {
  epochs: ['00112233aabbccdd'],
  sameMachine: true,
  offset: { min: -80, max: 400 },
  commonClock: true,
  correction: 0,
  behind: false,
  gone: false,
  silentMicros: 0,
};

function cellOf(
  target: Partial<TargetFacts>,
  record: Partial<Omit<CellRecord, 'plan'>> = {},
  reliable = true,
): CellResult {
  return cellResult(
    cellRecord({
      server: { kind: 'target', url: TARGET.url, ...FACTS, ...target },
      ...record,
    }),
    facts({ reliable }),
  );
}

describe('the figures of a server that is not ours', () => {
  it('are null where only it knows them, and the result is a valid one', () => {
    const cell = cellOf({});
    expect(resultSchema.parse(makeResult([cell])).cells[0]).toEqual(cell);
    expect(cell).toMatchObject({
      server: {
        kind: 'target',
        url: 'tcp://h:7400',
        epochs: ['00112233aabbccdd'],
        same_machine: true,
        common_clock: true,
        clock_correction_us: 0,
        latency_error_us: 400,
        clock_offset_us: { min: -80, max: 400 },
      },
      size_bytes: null,
      rate_ratio: null,
      staleness_us: null,
      staleness_excess_us: null,
      verified: null,
      stages_us: { schedule: null, encode: null, queue: null, network: null, instrument: null },
      rss_bytes: { server: null, server_per_client: null },
      ledger: { send_errors: null, network_lost: 0 },
      latency_us: { count: 2_000 },
      completion_us: { count: 200 },
    });
    expect(cell.wire.message_bytes).toBeCloseTo(98.5);
    expect(cell.verdict.status).toBe('VALID');
  });

  it('of another clock have no latency anywhere, and no complaint about that', () => {
    const offset = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    const cell = cellOf({ sameMachine: false, commonClock: false, correction: null, offset });
    expect(targetServer(cell)?.clock_offset_us).toEqual({ min: null, max: null });
    expect(cell.latency_us).toMatchObject({ count: 0, p50: null, hdr: null });
    expect(cell.service_us).toMatchObject({ count: 0, p99: null, hdr: null });
    expect([cell.completion_us, cell.position_us, cell.ping_ratio.p50]).toEqual([null, null, null]);
    expect(
      cell.series.every(({ p50_us, p99_us, max_us }) => (p50_us ?? p99_us ?? max_us) === null),
    ).toBe(true);
    expect(cell.pdv_us).toMatchObject({ p50: 0, p99: 0 });
    expect(cell.skew_us?.count).toBe(200);
    expect(cell.verdict).toEqual({ status: 'VALID', reasons: [] });
  });

  it('of another clock keep what is of ours alone: the instrument, and what times count to', () => {
    const offset = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    const stamped = subscribersReport({ stamped: 2_000, instrument: countsOf([10, 30]) });
    const cell = cellOf(
      { sameMachine: false, commonClock: false, correction: null, offset },
      { subscribers: [stamped] },
    );
    expect(cell).toMatchObject({
      latency_at: 'arrival',
      unstamped: 0,
      arrival_us: { count: 0, hdr: null },
      receipt_us: { count: 0, hdr: null },
      instrument_us: { count: 2, min: 10, max: 30 },
      stages_us: { network: null, instrument: 20 },
    });
  });

  it('on another host lack what a sender counts, and keep what a receiver does', () => {
    const kernel = {
      udp_rcvbuf_errors: 3,
      udp_sndbuf_errors: 0,
      udp_in_errors: 4,
      tcp_retransmitted_segments: 0,
      cpu_steal_ratio: 0,
      cpu_busy_cores: 1.5,
      cpu_link_cores: null,
      cpu_pressure_ratio: 0,
      cpu_quota_cores: null,
      cpu_throttled: null,
    };
    expect(cellOf({}, { kernel }).kernel).toEqual(kernel);
    expect(
      cellOf({ sameMachine: false, commonClock: false, correction: null }, { kernel }).kernel,
    ).toEqual({
      ...kernel,
      udp_sndbuf_errors: null,
      tcp_retransmitted_segments: null,
    });
  });

  it('lose to the network what datagrams lack, and no more than is missing', () => {
    const lossy = (network: number, kernelDrops: number | null): CellResult =>
      cellOf(
        {},
        { subscribers: [subscribersReport({ delivered: 1_900, kernelDrops, network })] },
        false,
      );
    expect(lossy(70, 30).ledger).toMatchObject({
      kernel_receive_drops: 30,
      network_lost: 70,
      unattributed: 0,
    });
    expect(lossy(500, 30).ledger).toMatchObject({ network_lost: 70, unattributed: 0 });
    expect(lossy(20, 30).ledger).toMatchObject({
      network_lost: 20,
      unattributed: 50,
      balanced: false,
    });
    expect(lossy(0, null).ledger).toMatchObject({
      kernel_receive_drops: null,
      network_lost: null,
      unattributed: 100,
    });
    expect(lossy(70, 30)).toMatchObject({ loss_ratio: 0.05, datagrams: { sent: null } });
  });

  it('are doubted when the clock is proven to be another, or not proven enough to be the same', () => {
    const offset = { min: 15_000, max: 19_000 };
    const off = cellOf({ commonClock: false, correction: 17_000, offset });
    expect(codes(off)).toEqual(['CLOCK_DISAGREES', 'CLOCK_UNVERIFIED']);
    expect(off.verdict.reasons[0]?.message).toContain('15.0 ms to 19.0 ms ahead');
    // The latencies are 1 ms: a doubt as large as they are is too much, and below 1 ms there is
    // none.
    expect(codes(cellOf({ offset: { min: -80, max: 1_001 } }))).toEqual(['CLOCK_UNVERIFIED']);
    expect(codes(cellOf({ offset: { min: -80, max: 1_000 } }))).toEqual([]);
    const behind = { min: -3_100, max: -2_900 };
    const corrected = cellOf({ commonClock: false, correction: -3_000, offset: behind });
    expect(corrected.verdict.reasons[0]?.message).toContain('2.90 ms to 3.10 ms behind ours');
    expect(targetServer(corrected)).toMatchObject({ latency_error_us: 100 });
    // A server that may be 1.1 ms behind may make 0 of latencies of 1 ms.
    const late = cellOf({ offset: { min: -1_100, max: 80 } });
    expect(late.verdict.reasons[0]).toMatchObject({
      code: 'CLOCK_UNVERIFIED',
      message: expect.stringContaining('too large'),
    });
    // Of another machine the difference must be known better than the latencies.
    const elsewhere = { sameMachine: false, commonClock: false, correction: 0 };
    expect(codes(cellOf({ ...elsewhere, offset: { min: -900, max: 900 } }))).toEqual([]);
    expect(codes(cellOf({ ...elsewhere, offset: { min: -1_500, max: 1_500 } }))).toEqual([
      'CLOCK_UNVERIFIED',
    ]);
    const unbound = cellOf({ offset: { min: -80, max: Number.POSITIVE_INFINITY } });
    expect(unbound.verdict.reasons[0]?.message).toContain('to agree with ours at all');
  });

  it('are INVALID when the server was behind at the deadline, incomplete when it went away', () => {
    expect(codes(cellOf({ behind: true }))).toEqual(['TARGET_BEHIND']);
    expect(cellOf({ gone: true }).incomplete).toBe(true);
    const stopped = cellOf({ silentMicros: 2_000_000 });
    expect(codes(stopped)).toEqual(['TARGET_SILENT']);
    expect(stopped.verdict.reasons[0]?.message).toContain('the last 2.00 s of the window');
    const silent = cellOf(
      {},
      { servers: [], subscribers: [subscribersReport({ delivered: 0 })], window: null },
    );
    expect(silent).toMatchObject({ published: 0, expected: 0, loss_ratio: null });
    expect(silent.verdict.reasons[0]).toMatchObject({
      code: 'NOTHING_DELIVERED',
      hint: expect.stringContaining('tcp://h:7400'),
    });
  });
});

it('a server of our own keeps all of its figures', () => {
  const cell = cellResult(cellRecord(), facts());
  expect(cell).toMatchObject({
    server: { kind: 'local', sender: 'socket.write' },
    size_bytes: 40,
    verified: 4,
  });
  expect(cell.ledger).toMatchObject({ send_errors: 0, network_lost: null });
});
