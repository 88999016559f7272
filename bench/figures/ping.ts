import type { Baselines, CellResult, Distribution, RoundTrip } from '../result/result.js';

/**
 * Sets latency beside round trips: p50 ÷ (median RTT ÷ 2) and p99 ÷ (max RTT ÷ 2). RTT ÷ 2 is a
 * yardstick for "how far from the bare path is this", never a one-way delay. The yardstick is the
 * idle ping, or the built-in echo where there is no ping.
 */
export function pingFigures(
  underLoad: RoundTrip,
  baselines: Baselines,
  latency: Distribution,
  fallback: 'echo-tcp' | 'echo-udp',
): Pick<CellResult, 'ping' | 'ping_ratio'> {
  const echo = fallback === 'echo-tcp' ? baselines.echo.tcp : baselines.echo.udp;
  const noPing = baselines.ping.available ? null : `no ping: ${baselines.ping.reason}`;
  const reference = noPing === null ? baselines.ping : echo;
  const rtt = reference.rtt_us;
  const used = rtt === null ? 'none' : noPing === null ? 'ping' : fallback;
  return {
    ping: { under_load: underLoad, reference: used, reference_rtt_us: rtt },
    ping_ratio: {
      p50: over(latency.p50, rtt?.p50),
      p99: over(latency.p99, rtt?.max),
      reason:
        noPing === null
          ? null
          : rtt === null
            ? noPing
            : `${noPing}; compared with the built-in ${fallback} (${echo.via}) instead`,
    },
  };
}

function over(latency: number | null, rtt: number | undefined): number | null {
  return latency === null || rtt === undefined || rtt <= 0 ? null : latency / (rtt / 2);
}
