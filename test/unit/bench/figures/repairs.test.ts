import { describe, expect, it } from 'vitest';
import { repairFigures } from '../../../../bench/figures/repairs.js';
import { newRepairCounters, newServerCounters } from '../../../../src/transports/counters.js';
import { subscribersReport } from '../../../support/result/cell-record.js';
import { countsOf } from '../../../support/result/latencies.js';

const NONE = newRepairCounters();

describe('the figures of repair', () => {
  it('add up what all processes of subscribers tell, beside what the server counted', () => {
    const report = (millis: number, counters: Partial<typeof NONE>) => ({
      ...subscribersReport(),
      repairs: {
        counters: { ...NONE, ...counters },
        latency: countsOf(Array.from({ length: 1_000 }, () => millis * 1_000)),
      },
    });
    const subscribers = [
      report(20, { naks: 3, repaired: 1_000, spurious: 1 }),
      report(40, { naks: 4, repaired: 1_000, futile: 2, refused: 5 }),
    ];
    const counters = {
      ...newServerCounters(),
      ...{ naks: 6, repairs: 8, repairBytes: 100, repairsWithheld: 1, sendBytes: 1_100 },
    };
    const figures = repairFigures({ subscribers }, { counters }, 'nak');
    expect(figures).toMatchObject({
      ...{ naks: 7, naks_received: 6, sent: 8, sent_bytes: 100, overhead: 0.1 },
      ...{ repaired: 2_000, spurious: 1, futile: 2, gone: 5, withheld: 1, redundancy: null },
    });
    const { p50, p99, max } = figures!.repair_us;
    expect([p50! / 20_000, p99! / 40_000].map((share) => share.toFixed(2))).toEqual([
      '1.00',
      '1.00',
    ]);
    expect(max).toBe(40_000);
  });

  it('tell of redundancy what came of it, and what was left out', () => {
    const report = (counters: Partial<typeof NONE>) => ({
      ...subscribersReport(),
      repairs: { counters: { ...NONE, ...counters }, latency: countsOf([]) },
    });
    const subscribers = [
      report({ redundant: 10, used: 1, unused: 8, futile: 1, repaired: 3 }),
      report({ redundant: 20, used: 2, unused: 18, repaired: 2 }),
    ];
    const counters = {
      ...newServerCounters(),
      ...{ repairs: 33, repairBytes: 250, repairsSuperseded: 7, sendBytes: 1_250 },
    };
    const figures = repairFigures({ subscribers }, { counters }, 'copy');
    expect(figures).toMatchObject({
      ...{ naks: 0, sent: 33, sent_bytes: 250, overhead: 0.25, repaired: 5, futile: 1 },
      redundancy: { received: 30, used: 3, unused: 26, superseded: 7 },
    });
  });

  it('are none without repair, and where the server left no report', () => {
    const subscribers = [subscribersReport()];
    expect(repairFigures({ subscribers }, { counters: newServerCounters() }, 'none')).toBeNull();
    const repaired = { ...subscribersReport(), repairs: { counters: NONE, latency: countsOf([]) } };
    expect(repairFigures({ subscribers: [repaired] }, null, 'nak')).toBeNull();
  });
});
