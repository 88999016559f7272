/**
 * The rates and costs of a cell: what was delivered, sent and used, over the time or the deliveries
 * it belongs to.
 */

import { describe, expect, it } from 'vitest';
import { cellResult } from '../../../../bench/figures/cell-result.js';
import type { ServerReport } from '../../../../bench/ipc/server.js';
import { UNKNOWN_USE } from '../../../../bench/process/usage.js';
import { type CellResult, resultSchema } from '../../../../bench/result/result.js';
import { localServer } from '../../../../bench/result/server.js';
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
import { makeResult } from '../../../support/result/result-factory.js';

describe('cellResult', () => {
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
      // 50 messages at 100/s: the last is due 490 ms after the first, and the next would have been
      // after 500.
      const server = serverReport({
        range: { first: 101, last: 150 },
        lastPublishedAt: START + 490_000,
        endedAt: START + 500_000,
      });
      const record = cellRecord({
        interrupted: true,
        servers: [server],
        subscribers: [
          subscribersReport({
            delivered: 500,
            deliveredBytes: 5_000,
            lastDeliveredAt: START + 491_000,
          }),
        ],
      });
      const cell = cellResult(record, facts());
      expect(cell.goodput).toEqual({ messages_per_s: 1_000, bytes_per_s: 10_000 });
      expect(cell).toMatchObject({
        incomplete: true,
        expected: 500,
        loss_ratio: 0,
        rate_ratio: null,
      });
      expect(codes(cell)).toEqual(['INTERRUPTED']);
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
      expect(cellResult(cellRecord({ plan }), facts())).toMatchObject({
        rate_per_s: null,
        rate_ratio: 1,
      });
      const server = serverReport({ lastPublishedAt: START + 4_000_000, behind: true });
      const cell = cellResult(cellRecord({ plan, servers: [server] }), facts());
      expect(cell.rate_ratio).toBe(0.5);
      expect(codes(cell)).toEqual(['RATE_MISSED']);
    });
  });

  describe('wire', () => {
    const wire = (
      sendBytes: number,
      sentMessages: number,
      delivered: number,
      droppedByPolicy = 0,
    ) =>
      cellResult(
        cellRecord({
          servers: [
            serverReport({
              counters: { ...newServerCounters(), sends: 500, sendBytes, sentMessages },
            }),
          ],
          subscribers: [subscribersReport({ delivered, droppedByPolicy })],
        }),
        facts({ reliable: false }),
      ).wire;

    it('bytes per delivery are what was handed to sockets for the messages of the window ÷ deliveries', () => {
      expect(wire(240_000, 2_000, 2_000)).toMatchObject({
        message_bytes: 98.5,
        bytes_per_delivery: 120,
        messages_per_send: 4,
        segments_per_send: 1,
        padding_ratio: 0,
      });
    });

    it('segments of one send are datagrams each, and padding is a part of the bytes but of no message', () => {
      // 500 datagrams: 400 of them in 50 sends, the others by themselves.
      const segmented = { coalescedSends: 50, coalescedDatagrams: 400, paddingBytes: 6_000 };
      const counters = { sends: 500, sendBytes: 240_000, sentMessages: 2_000, ...segmented };
      const figures = (
        change: Partial<ServerReport>,
        sender: string,
        reliable = false,
      ): Omit<CellResult, 'verdict'> =>
        cellResult(
          cellRecord({
            server: { kind: 'local', sendBufferBytes: null, sender, congestionControl: null },
            servers: [
              serverReport({ counters: { ...newServerCounters(), ...counters }, ...change }),
            ],
          }),
          facts({ reliable }),
        );
      const { wire, server } = figures({ segmentationRefused: 3 }, 'gso');
      expect(wire).toMatchObject({
        bytes_per_delivery: 120,
        messages_per_send: 4,
        segments_per_send: 500 / 150,
        padding_ratio: 0.025,
      });
      expect(server).toMatchObject({ sender: 'gso', segmentation_refused: 3 });
      const refused = (change: Partial<ServerReport>, sender: string): unknown =>
        localServer(figures(change, sender))?.segmentation_refused;
      expect(refused({}, 'gso')).toBe(0);
      expect(refused({ segmentationRefused: 7 }, 'sendmmsg')).toBe(7);
      expect(refused({}, 'sendmmsg')).toBeNull();
      expect(figures({}, 'socket.write', true).wire).toMatchObject({
        segments_per_send: null,
        padding_ratio: null,
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
      const figures = (
        delivered: number,
        change: Partial<typeof counters> = {},
        droppedByPolicy = 0,
      ) =>
        cellResult(
          cellRecord({
            servers: [serverReport({ totalSends: 120, counters: { ...counters, ...change } })],
            subscribers: [subscribersReport({ delivered, droppedByPolicy, inLostDatagrams: 40 })],
          }),
          facts({ reliable: false, multicast: true }),
        );
      expect(figures(2_000).wire).toMatchObject({
        message_bytes: 98.5,
        bytes_per_delivery: 12,
        messages_per_send: 2,
        segments_per_send: 1,
        padding_ratio: 0,
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
      expect(localServer(cell)?.use).toMatchObject({
        processes: 1,
        cpu_us: 500_000,
        cpu_cores: 0.2,
      });
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

    it('CPU of making the feed is that of all servers, and not known unless all know it', () => {
      const cost = (...apart: (number | null)[]): number | null | undefined => {
        const servers = apart.map((apartMicros) => serverReport({ usage: usage({ apartMicros }) }));
        return localServer(cellResult(cellRecord({ servers }), facts()))?.source_cpu_us;
      };
      expect(cost(1_500, 700)).toBe(2_200);
      expect(cost(0)).toBe(0);
      expect(cost(1_500, null)).toBeNull();
      expect(cost()).toBeNull();
    });

    it('a sum that is not known of one process is not known, and the highest is that of the others', () => {
      const unknown = usage(UNKNOWN_USE);
      const known = usage({ loopUtilization: 0.25, loopDelayP99Micros: 7, loopDelayMaxMicros: 8 });
      const subscribers = [
        subscribersReport({ usage: unknown }),
        subscribersReport({ usage: known }),
      ];
      const cell = cellResult(cellRecord({ subscribers }), facts());
      expect(cell.clients_use).toEqual({
        processes: 2,
        cpu_us: null,
        cpu_us_per_delivery: null,
        cpu_cores: null,
        busiest_cores: 0.2,
        run_queue_ratio: 0.05,
        loop_utilization: 0.25,
        loop_delay_us: { p99: 7, max: 8 },
        rss_start_bytes: null,
        rss_bytes: null,
        rss_peak_bytes: null,
      });
      expect([cell.rss_bytes.clients, cell.cpu_us_per_delivery.clients]).toEqual([null, null]);
      resultSchema.parse(makeResult([cell]));
    });

    it('without a delivery there is no cost of one', () => {
      const subscribers = [
        subscribersReport({
          delivered: 0,
          deliveredBytes: 0,
          kernelDrops: 2_000,
          lastDeliveredAt: 0,
        }),
      ];
      const record = cellRecord({ subscribers, latencies: [] });
      const cell = cellResult(record, facts());
      expect(cell.cpu_us_per_delivery).toEqual({ server: null, clients: null });
      expect(cell).toMatchObject({
        loss_ratio: 1,
        reach: 0,
        goodput: { messages_per_s: 0, bytes_per_s: 0 },
      });
      expect(codes(cell)).toEqual(['NOTHING_DELIVERED']);
    });
  });
});
