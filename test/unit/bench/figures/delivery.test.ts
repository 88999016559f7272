import { describe, expect, it } from 'vitest';
import { deliveryFigures } from '../../../../bench/figures/delivery.js';
import { mergeServers } from '../../../../bench/figures/shards.js';
import type { SubscribersReport } from '../../../../bench/ipc/subscribers.js';
import { LatencyTotal } from '../../../../bench/record/distribution.js';
import {
  cellRecord,
  DUE,
  START,
  serverReport,
  subscribersReport,
} from '../../../support/result/cell-record.js';
import { countsOf, upTo } from '../../../support/result/latencies.js';

type Change = Partial<SubscribersReport>;

function figuresOf(change: Parameters<typeof cellRecord>[0]) {
  const record = cellRecord(change);
  return deliveryFigures(record, mergeServers(record.servers), record.seconds.total);
}

function figures(...reports: readonly Change[]) {
  return figuresOf({ subscribers: reports.map(subscribersReport) });
}

describe('deliveryFigures', () => {
  it('merges the processes: counts add up, and a message is complete when all subscribers of all of them have it', () => {
    const [half, other] = [5, 5].map((count) => new Uint32Array(200).fill(count));
    other![7] = 4;
    const arrivals = (delay: number, count: Uint32Array): SubscribersReport['arrivals'] => ({
      first: DUE.map((due) => START - 1_000_000 + due + delay),
      last: DUE.map((due) => START - 1_000_000 + due + delay + 5),
      count,
    });
    const cell = figures(
      { service: countsOf([1, 2]), arrivals: arrivals(100, half!), verified: 3 },
      { service: countsOf([3]), arrivals: arrivals(120, other!), verified: 2 },
    );
    expect(cell.service_us).toMatchObject({ count: 3, min: 1, max: 3, mean: 2 });
    expect(cell).toMatchObject({ complete: 199, verified: 5 });
    expect(cell.completion_us).toMatchObject({ count: 199, min: 125, max: 125 });
    expect(cell.skew_us).toMatchObject({ count: 199, min: 25, max: 25 });
  });

  it('messages that were planned and never published are not complete, nor missing', () => {
    const servers = [serverReport({ range: { first: 101, last: 220 } })];
    expect(figuresOf({ servers }).complete).toBe(120);
  });

  it('PDV is service time above the smallest of the cell', () => {
    // 501 … 1,500 µs: nearest rank is 500 + rank.
    const { pdv_us: pdv } = figures({
      service: countsOf(upTo(1_000).map((micros) => 500 + micros)),
    });
    expect(pdv).toEqual({ p50: 1_000 - 501, p99: 1_490 - 501, p999: null });
    expect(figures({ service: countsOf([]) }).pdv_us).toEqual({ p50: null, p99: null, p999: null });
  });

  it('jitter is given over the subscribers by nearest rank', () => {
    const one = figures({ jitters: Float64Array.of(5, 1) }, { jitters: Float64Array.of(3, 4, 2) });
    expect(one.jitter_us).toEqual({ subscribers: 5, p50: 3, p99: 5, max: 5 });
    expect(figures({ jitters: Float64Array.of(7) }).jitter_us).toEqual({
      subscribers: 1,
      p50: 7,
      p99: 7,
      max: 7,
    });
    expect(figures({ jitters: new Float64Array(0) }).jitter_us).toBeNull();
    const many = figures({ jitters: Float64Array.from(upTo(1_000)) });
    expect(many.jitter_us).toEqual({ subscribers: 1_000, p50: 500, p99: 990, max: 1_000 });
  });

  it('reordering is a share of the unique messages, extents of the reordered ones', () => {
    const { reordering } = figures(
      { reordering: { unique: 600, reordered: 3, extentSum: 12, extentMax: 9, n: [3, 2, 1] } },
      { reordering: { unique: 400, reordered: 1, extentSum: 8, extentMax: 8, n: [1, 1, 1] } },
    );
    expect(reordering).toEqual({
      ratio: 4 / 1_000,
      extent_max: 9,
      extent_mean: 5,
      n_reordered: { n1: 4, n2: 3, n3: 2 },
    });
    const nothing = {
      unique: 0,
      reordered: 0,
      extentSum: 0,
      extentMax: 0,
      n: [0, 0, 0] as [0, 0, 0],
    };
    expect(figures({ reordering: nothing }).reordering).toMatchObject({
      ratio: null,
      extent_mean: null,
    });
  });

  describe('latency by position', () => {
    it('is the mean of the subscribers of each tenth of the order of joining', () => {
      const means = Float64Array.from(upTo(20));
      expect(figures({ means }).position_us).toEqual([
        1.5, 3.5, 5.5, 7.5, 9.5, 11.5, 13.5, 15.5, 17.5, 19.5,
      ]);
    });

    it('of ten clients has ten tenths, however they are divided among processes', () => {
      const halves = figures(
        { means: Float64Array.of(1, 3, 5, 7, 9) },
        { means: Float64Array.of(2, 4, 6, 8, 10) },
      );
      expect(halves.position_us).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      // 4, 3 and 3 clients, first joined first: 1 of the first at ⅛, 2 and 3 of the others at ⅙, …
      const thirds = figures(
        { means: Float64Array.of(1, 4, 7, 10) },
        { means: Float64Array.of(2, 5, 8) },
        { means: Float64Array.of(3, 6, 9) },
      );
      expect(thirds.position_us).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('is not told below ten clients, nor when nothing came to a whole tenth', () => {
      expect(figures({ means: Float64Array.from(upTo(9)) }).position_us).toBeNull();
      const silent = Float64Array.from(upTo(20), (mean) =>
        mean === 3 || mean === 4 ? Number.NaN : mean,
      );
      expect(figures({ means: silent }).position_us).toBeNull();
    });

    it('leaves out a subscriber to which nothing came', () => {
      const silent = Float64Array.from(upTo(20), (mean) => (mean === 3 ? Number.NaN : mean));
      expect(figures({ means: silent }).position_us?.[1]).toBe(4);
    });
  });

  describe('stages', () => {
    const server = serverReport({ lag: countsOf([10, 30]), encodeMicros: 4 });
    const stages = (...reports: readonly Change[]) =>
      figuresOf({ servers: [server], subscribers: reports.map(subscribersReport) }).stages_us;

    it('add up to the mean latency: service is encoding, queueing and network', () => {
      const one = {
        service: countsOf([100, 300]),
        transit: { sum: 240, count: 2 },
        decodeMicros: 2,
      };
      const { schedule, encode, queue, network, decode } = stages(one, { ...one, decodeMicros: 4 });
      expect({ schedule, encode, queue, network, decode }).toEqual({
        schedule: 20,
        encode: 4,
        queue: 200 - 4 - 120,
        network: 120,
        decode: 3,
      });
      expect((schedule ?? 0) + (encode ?? 0) + (queue ?? 0) + (network ?? 0)).toBe(20 + 200);
    });

    it('without send times on the wire queueing is part of network', () => {
      const one = {
        service: countsOf([100, 300]),
        transit: { sum: 0, count: 0 },
        decodeMicros: null,
      };
      expect(stages(one)).toEqual({
        schedule: 20,
        encode: 4,
        queue: null,
        network: 196,
        instrument: null,
        decode: null,
      });
    });

    it('the send times weigh by deliveries, not by process', () => {
      const service = countsOf([200]);
      const [many, few] = [
        { service, transit: { sum: 900, count: 9 } },
        { service, transit: { sum: 200, count: 1 } },
      ];
      expect(stages(many, few).network).toBe(110);
    });

    it('no stage is negative: clocks are read to a microsecond, and encoding is a sample', () => {
      const { queue, network } = stages({ service: countsOf([3]), transit: { sum: 5, count: 1 } });
      expect([queue, network]).toEqual([0, 5]);
    });
  });

  describe('arrival, receipt and instrument', () => {
    const stamped = (values: readonly number[], waits: readonly number[]): Change => ({
      delivered: values.length,
      receipt: countsOf(values),
      instrument: countsOf(waits),
      stamped: waits.length,
    });
    const latencies = [100, 200, 300, 400];

    it('of a cell with stamps: the latency is the arrival, whoever stamped and whoever did not', () => {
      const subscribers = [stamped([150, 260], [50, 60]), stamped([300, 480], [80])];
      const cell = figuresOf({ latencies, subscribers: subscribers.map(subscribersReport) });
      expect(cell).toMatchObject({
        latency_at: 'arrival',
        unstamped: 1,
        latency_us: { count: 4, min: 100, max: 400, mean: 250 },
        receipt_us: { count: 4, min: 150, max: 480, mean: 297.5 },
        instrument_us: { count: 3, min: 50, max: 80, mean: 190 / 3 },
      });
      expect(cell.arrival_us).toEqual(cell.latency_us);
      expect(cell.stages_us.instrument).toBe(190 / 3);
      // Sum by sum: 1,190 = 1,000 + 190.
      expect(4 * cell.receipt_us.mean!).toBe(4 * cell.latency_us.mean! + 190);
    });

    it('of what nobody can date are in the receipt, and counted', () => {
      const receipt = countsOf([150, 300_000, 290_000]);
      const one = { delivered: 3, receipt, instrument: countsOf([50]), stamped: 3 };
      const record = cellRecord({ subscribers: [subscribersReport(one)] });
      const latency = new LatencyTotal();
      latency.add({ ...countsOf([100]), undated: 2 });
      const cell = deliveryFigures(record, mergeServers(record.servers), latency);
      expect(cell).toMatchObject({
        unstamped: 0,
        undated: 2,
        latency_us: { count: 1, max: 100 },
        receipt_us: { count: 3, max: 300_000 },
      });
      expect(cell.arrival_us).toEqual(cell.latency_us);
    });

    it('of a cell without a stamp: the latency is the receipt, and no arrival is made up', () => {
      const cell = figuresOf({ latencies, subscribers: [subscribersReport({ delivered: 4 })] });
      expect(cell).toMatchObject({
        latency_at: 'receipt',
        unstamped: null,
        arrival_us: null,
        instrument_us: null,
        stages_us: { instrument: null },
      });
      expect(cell.receipt_us).toEqual(cell.latency_us);
    });

    it('stages up to the network add up to the mean arrival, with the instrument to the mean receipt', () => {
      const one = {
        ...stamped([180, 300], [80, 100]),
        service: countsOf([80, 180]),
        transit: { sum: 160, count: 2 },
      };
      const servers = [serverReport({ lag: countsOf([20, 20]), encodeMicros: 4 })];
      const { stages_us, latency_us, receipt_us } = figuresOf({
        servers,
        latencies: [100, 200],
        subscribers: [subscribersReport(one)],
      });
      const { schedule, encode, queue, network, instrument } = stages_us;
      expect([schedule, encode, queue, network, instrument]).toEqual([20, 4, 46, 80, 90]);
      expect(schedule! + encode! + queue! + network!).toBe(latency_us.mean);
      expect(schedule! + encode! + queue! + network! + instrument!).toBe(receipt_us.mean);
    });
  });

  it('of a cell in which nothing was settled has no figures', () => {
    expect(figuresOf({ servers: [] })).toMatchObject({
      service_us: { count: 0 },
      completion_us: null,
      skew_us: null,
      complete: null,
      staleness_us: null,
      staleness_excess_us: null,
      jitter_us: null,
      ipdv_us: null,
      position_us: null,
      verified: null,
      reordering: { ratio: null, extent_max: null, n_reordered: { n1: null, n2: null, n3: null } },
    });
  });
});
