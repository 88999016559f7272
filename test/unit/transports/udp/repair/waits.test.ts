/** How long a client waits before it asks, and before it asks again. */
import { describe, expect, it } from 'vitest';
import { ReorderWait } from '../../../../../src/transports/udp/repair/reorder-wait.js';
import { RoundTrip } from '../../../../../src/transports/udp/repair/round-trip.js';

describe('the wait for what may only be late', () => {
  it('is a millisecond as long as nothing was late', () => {
    expect(new ReorderWait().of(1_000_000)).toBe(1_000);
  });

  it('is the 99th percentile of the latest 128 that were late', () => {
    const wait = new ReorderWait();
    wait.cameLate(19_000);
    for (let i = 0; i < 126; i++) wait.cameLate(2_000);
    expect(wait.of(1_000_000)).toBe(2_000);
    wait.cameLate(18_000);
    expect(wait.of(1_000_000)).toBe(18_000);
    for (let i = 0; i < 128; i++) wait.cameLate(3_000);
    expect(wait.of(1_000_000)).toBe(3_000);
  });

  it('is at most a quarter of a round trip, or 20 ms', () => {
    const wait = new ReorderWait();
    wait.cameLate(100_000);
    expect([wait.of(40_000), wait.of(1_000_000), wait.of(100)]).toEqual([10_000, 20_000, 1_000]);
  });
});

describe('a round trip', () => {
  it('is smoothed as RFC 6298 does', () => {
    const trip = new RoundTrip([100_000]);
    expect([trip.mean, trip.retry]).toEqual([100_000, 300_000]);
    trip.took(60_000);
    // Deviation: 50 + (40 − 50) / 4 = 47.5 ms.
    expect([trip.mean, trip.retry]).toEqual([95_000, 285_000]);
  });

  it('that takes no time is no reason to ask more often than every 10 ms', () => {
    expect(new RoundTrip([10]).retry).toBe(10_000);
  });

  it('that two exchanges agree on is not waited for three times', () => {
    expect(new RoundTrip([20_000, 21_000]).retry).toBe(30_000);
    expect(new RoundTrip([28_000, 20_000]).retry).toBe(36_000);
  });

  it('that never varies leaves room for the grain of timers', () => {
    const trip = new RoundTrip([20_000, 20_000]);
    for (let i = 0; i < 30; i++) trip.took(20_000);
    expect(trip.retry).toBe(25_000);
  });

  it('that nobody has measured is a long one', () => {
    expect(new RoundTrip([]).mean).toBe(100_000);
  });
});
