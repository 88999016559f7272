/**
 * The account of a cell: every message that was owed is delivered, lost to a named cause, or
 * unattributed; over all servers once.
 */

import { describe, expect, it } from 'vitest';
import { cellResult } from '../../../../bench/figures/cell-result.js';
import type { CellResult } from '../../../../bench/result/result.js';
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
import { countsOf } from '../../../support/result/latencies.js';

describe('cellResult', () => {
  describe('the ledger', () => {
    it('charges causes up to what is missing, and the rest is unattributed', () => {
      const subscribers = [
        subscribersReport({
          delivered: 1_900,
          droppedByPolicy: 40,
          kernelDrops: 20,
          inLostDatagrams: 30,
          late: 5,
          inFlight: 10,
        }),
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
        network_lost: null,
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
        subscribersReport({
          delivered: 1_990,
          droppedByPolicy: 4,
          kernelDrops: 500,
          inLostDatagrams: 3,
          late: 0,
        }),
      ];
      const server = serverReport({ counters: { ...newServerCounters(), sendErrorMessages: 3 } });
      expect(
        cellResult(cellRecord({ subscribers, servers: [server] }), facts()).ledger,
      ).toMatchObject({
        dropped_by_policy: 4,
        send_errors: 3,
        kernel_receive_drops: 3,
        unattributed: 0,
        balanced: true,
      });
    });

    it('a send that was refused leaves a gap in the datagrams: where none is missing it explains nothing', () => {
      const server = serverReport({ counters: { ...newServerCounters(), sendErrorMessages: 50 } });
      const subscribers = [
        subscribersReport({ delivered: 1_900, inLostDatagrams: 20, unexplained: 100 }),
      ];
      const cell = cellResult(
        cellRecord({ subscribers, servers: [server] }),
        facts({ reliable: false }),
      );
      expect(cell.ledger).toMatchObject({ send_errors: 20, unattributed: 80, balanced: false });
      expect(codes(cell)).toEqual(['LEDGER_UNBALANCED']);
    });

    it('one subscriber that has too many does not make good for another that has too few', () => {
      const subscribers = [
        subscribersReport({ joined: [5], delivered: 1_050, unexplained: 50, unbalanced: 1 }),
        subscribersReport({ joined: [5], delivered: 950, unexplained: 50, unbalanced: 1 }),
      ];
      const cell = cellResult(cellRecord({ subscribers }), facts());
      expect(cell.ledger).toMatchObject({
        unattributed: 0,
        subscribers_unbalanced: 2,
        balanced: false,
      });
      expect(cell.verdict).toMatchObject({ status: 'INVALID' });
      expect(cell.verdict.reasons[0]?.message).toMatch(
        /^the accounts of 2 subscribers do not balance/,
      );
    });

    it('where the kernel cannot be asked its drops are unknown, not zero, and the loss stays unattributed', () => {
      const subscribers = [
        subscribersReport({ joined: [5], delivered: 950, kernelDrops: null }),
        subscribersReport({ joined: [5], delivered: 950, kernelDrops: 50 }),
      ];
      const { ledger } = cellResult(cellRecord({ subscribers }), facts({ reliable: false }));
      expect(ledger).toMatchObject({
        kernel_receive_drops: null,
        unattributed: 100,
        balanced: false,
      });
    });

    it('expects only of those who joined', () => {
      const cell = cellResult(
        cellRecord({
          joined: 9,
          subscribers: [subscribersReport({ joined: [9], delivered: 1_800 })],
        }),
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
      cellResult(
        cellRecord({ servers: [one, other], subscribers, ...change }),
        facts({ reliable: false }),
      );

    it('what was published counts once, what was done for it is added up', () => {
      const cell = of({});
      expect(cell).toMatchObject({
        published: 200,
        expected: 2_000,
        delivered: 2_000,
        rate_ratio: 1,
        datagrams: { sent: 5_000 },
        wire: { bytes_per_delivery: 75, messages_per_send: 2 },
        stages_us: { schedule: 40, encode: 3 },
        cpu_us_per_delivery: { server: 400 },
        server: {
          feed_sha256: 'f'.repeat(64),
          schedule_lag_us: { count: 400, min: 30, max: 50, mean: 40 },
          use: { processes: 2, cpu_us: 800_000, loop_utilization: 0.5 },
        },
        rss_bytes: { server: 140_000_000 },
        verdict: { status: 'VALID' },
      });
      expect(localServer(cell)?.use?.cpu_cores).toBeCloseTo(0.2 + 0.1, 12);
      expect(cell.series.map(({ published }) => published)).toEqual([100, 100]);
    });

    it('cut short at different messages, each subscriber is owed what its own server published', () => {
      const cell = of({
        interrupted: true,
        servers: [
          {
            ...one,
            range: { first: 101, last: 150 },
            feedSha256: 'a',
            lastPublishedAt: START + 500_000,
          },
          {
            ...other,
            range: { first: 101, last: 153 },
            feedSha256: 'b',
            lastPublishedAt: START + 530_000,
          },
        ],
        subscribers: [
          subscribersReport({
            joined: [6, 4],
            delivered: 6 * 50 + 4 * 53,
            lastDeliveredAt: START + 531_000,
          }),
        ],
      });
      expect(cell).toMatchObject({
        published: 53,
        expected: 512,
        delivered: 512,
        server: { feed_sha256: 'b' },
      });
      expect(cell.ledger).toMatchObject({
        published: 53,
        joined: 10,
        unattributed: 0,
        balanced: true,
      });
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
      expect(cell).toMatchObject({
        rate_ratio: 0.75,
        published: 200,
        expected: 1_750,
        loss_ratio: 0,
      });
      expect(codes(cell)).toEqual(['RATE_MISSED']);
    });

    it('feeds that differ make it INVALID, in content or in length', () => {
      expect(codes(of({ servers: [one, { ...other, feedSha256: 'a' }] }))).toEqual([
        'FEED_MISMATCH',
      ]);
      const longer = { ...other, range: { first: 101, last: 301 } };
      expect(codes(of({ servers: [one, longer] }))).toContain('FEED_MISMATCH');
      const interrupted = { servers: [one, { ...other, feedSha256: 'a' }], interrupted: true };
      expect(codes(of(interrupted))).toEqual(['INTERRUPTED', 'FEED_MISMATCH']);
    });
  });
});
