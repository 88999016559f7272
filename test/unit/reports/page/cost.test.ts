import { expect, it } from 'vitest';
import type { CellResult } from '../../../../bench/result/result.js';
import { singleRun } from '../../../../reports/model/cell-runs.js';
import { costOf } from '../../../../reports/model/cost.js';
import { makeCell } from '../../../support/result/cell-factory.js';

/** 200 clients that are each delivered 50 messages a second. */
function cell(change: Partial<CellResult> = {}): CellResult {
  const made = makeCell({ clients: 200, rate: 50 });
  return {
    ...made,
    goodput: { messages_per_s: 10_000, bytes_per_s: null },
    cpu_us_per_delivery: { server: 4, clients: null },
    wire: { ...made.wire, ip_bytes_per_delivery: 125 },
    rss_bytes: { ...made.rss_bytes, server_per_client: 8_192 },
    ...change,
  };
}

it('costs are those of 10,000 clients at the rate that was delivered to each', () => {
  // 10,000 clients × 50/s = 500,000 deliveries/s. × 4 µs = 2 s of CPU a second; × 1,000 bit = 500 Mbit/s.
  const { cores, memoryBytes, bitsPerSecond } = costOf(singleRun(cell()));
  expect(cores).toBeCloseTo(2, 9);
  expect(bitsPerSecond).toBeCloseTo(500e6, 3);
  expect(memoryBytes).toBe(81_920_000);
});

it('a message that never arrived costs nothing: the rate is what was delivered, not what was asked', () => {
  const lossy = cell({ goodput: { messages_per_s: 5_000, bytes_per_s: null } });
  expect(costOf(singleRun(lossy)).cores).toBeCloseTo(1, 9);
});

it('what is not known has no cost, and no other cost is lost with it', () => {
  const made = cell();
  const rss_bytes = { ...made.rss_bytes, server_per_client: null };
  const cpu_us_per_delivery = { server: null, clients: null };
  expect(costOf(singleRun({ ...made, rss_bytes, cpu_us_per_delivery }))).toEqual({
    cores: null,
    memoryBytes: null,
    bitsPerSecond: 500e6,
  });
});

it('multicast is not scaled: its server sends each datagram once, whatever the clients', () => {
  expect(costOf(singleRun(cell({ transport: 'udp-multicast' })))).toEqual({
    cores: null,
    memoryBytes: null,
    bitsPerSecond: null,
  });
});
