import { describe, expect, it } from 'vitest';
import { pingFigures } from '../../../../bench/figures/ping.js';
import { unavailable } from '../../../../bench/probe/round-trip.js';
import type { Baselines, RoundTrip } from '../../../../bench/result/result.js';
import { totalOf, upTo } from '../../../support/result/latencies.js';

const probe = { host: '127.0.0.1', size_bytes: 40 };

function measured(p50: number, max: number): RoundTrip {
  const rtt_us = { min: 1, avg: p50, p50, max, mdev: 1 };
  return { ...probe, available: true, reason: null, hint: null, sent: 10, received: 10, rtt_us };
}

const noPing = unavailable(probe, 'there is no ping on this machine', 'install it');
const noEcho = { ...unavailable(probe, 'udp echo: no reply within 1000 ms', null), via: null };
const underLoad = measured(90, 900);
/** Median 500 µs, p99 990 µs. */
const latency = totalOf(upTo(1_000)).toDistribution();
const echoes: Baselines['echo'] = {
  tcp: { ...measured(100, 200), via: 'native' },
  udp: { ...measured(50, 400), via: 'node' },
};

function figures(
  ping: RoundTrip,
  echo = echoes,
  of = latency,
  fallback: 'echo-tcp' | 'echo-udp' = 'echo-tcp',
) {
  return pingFigures(underLoad, { size_bytes: 40, ping, echo }, of, fallback);
}

describe('pingFigures', () => {
  it('p50 is set beside half the median round trip, p99 beside half the longest', () => {
    expect(figures(measured(40, 220))).toEqual({
      ping: {
        under_load: underLoad,
        reference: 'ping',
        reference_rtt_us: measured(40, 220).rtt_us,
      },
      ping_ratio: { p50: 500 / 20, p99: 990 / 110, reason: null },
    });
  });

  it('without a ping the echo of the same transport is the yardstick, and the reason says so', () => {
    const tcp = figures(noPing);
    expect(tcp.ping).toEqual({
      under_load: underLoad,
      reference: 'echo-tcp',
      reference_rtt_us: echoes.tcp.rtt_us,
    });
    expect(tcp.ping_ratio).toMatchObject({ p50: 10, p99: 9.9 });
    expect(tcp.ping_ratio.reason).toContain('there is no ping on this machine');
    expect(tcp.ping_ratio.reason).toContain('echo-tcp');
    const udp = figures(noPing, echoes, latency, 'echo-udp');
    expect(udp.ping.reference).toBe('echo-udp');
    expect(udp.ping_ratio).toMatchObject({ p50: 20, p99: 4.95 });
  });

  it('with neither there is no ratio, no reference, and a reason', () => {
    const { ping, ping_ratio } = figures(noPing, { ...echoes, udp: noEcho }, latency, 'echo-udp');
    expect(ping).toEqual({ under_load: underLoad, reference: 'none', reference_rtt_us: null });
    expect(ping_ratio).toEqual({
      p50: null,
      p99: null,
      reason: 'no ping: there is no ping on this machine',
    });
  });

  it('a percentile that has too few samples has no ratio, and neither has a round trip of zero', () => {
    const few = totalOf(upTo(20)).toDistribution();
    expect(figures(measured(40, 220), echoes, few).ping_ratio).toMatchObject({
      p50: 10 / 20,
      p99: null,
    });
    expect(figures(measured(0, 220)).ping_ratio).toMatchObject({ p50: null, p99: 9 });
  });
});
