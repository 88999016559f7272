import type { RunHooks } from '../events.js';
import type { Link } from '../link/link.js';
import type { Baselines, RoundTrip } from '../result/result.js';
import { runEcho } from './echo/echo.js';
import { runPing } from './ping/ping.js';
import { noEcho, unavailable } from './round-trip.js';

const PINGS = 20;
const PING_INTERVAL_MS = 50;
const ECHOES = 100;
const ECHO_TIMEOUT_MS = 1_000;

/**
 * Round trips of the idle path at one payload size: the system's ping, and a bare TCP and UDP echo,
 * which needs a server of ours and is left out of a `foreign` one. Never throws.
 */
export async function measureBaselines(
  host: string,
  sizeBytes: number,
  hooks: RunHooks,
  foreign = false,
): Promise<Baselines> {
  const signal = hooks.stop;
  const echo = {
    host,
    sizeBytes,
    count: ECHOES,
    intervalMs: 0,
    timeoutMs: ECHO_TIMEOUT_MS,
    signal,
  };
  hooks.onEvent({ type: 'baseline', name: 'ping', sizeBytes });
  const ping = await runPing({
    host,
    sizeBytes,
    count: PINGS,
    intervalMs: PING_INTERVAL_MS,
    signal,
  });
  if (foreign) {
    const none = noEcho({ host, size_bytes: sizeBytes }, NO_ECHO, null);
    return { size_bytes: sizeBytes, ping, echo: { tcp: none, udp: none } };
  }
  hooks.onEvent({ type: 'baseline', name: 'echo-tcp', sizeBytes });
  const tcp = await runEcho({ transport: 'tcp', ...echo });
  hooks.onEvent({ type: 'baseline', name: 'echo-udp', sizeBytes });
  const udp = await runEcho({ transport: 'udp', ...echo });
  return { size_bytes: sizeBytes, ping, echo: { tcp, udp } };
}

/** Round trips through an idle link. Never throws. */
export async function pingThrough(
  link: Link,
  sizeBytes: number,
  { stop, onEvent }: RunHooks,
): Promise<RoundTrip> {
  onEvent({ type: 'baseline', name: 'ping', sizeBytes });
  return await runPing({
    host: link.serverAddress,
    from: link.probeAddress,
    enter: link.clientEnd.enter,
    sizeBytes,
    count: PINGS,
    intervalMs: PING_INTERVAL_MS,
    signal: stop,
  });
}

export function skippedPing(host: string, sizeBytes: number): RoundTrip {
  return unavailable({ host, size_bytes: sizeBytes }, LEFT_OUT, null);
}

/** Beside a ping through a link. */
export function noEchoes({ host, size_bytes }: RoundTrip): Baselines['echo'] {
  const none = noEcho({ host, size_bytes }, 'there is no echo behind a link', null);
  return { tcp: none, udp: none };
}

const NO_ECHO = 'there is no echo server of the lab beside a server that was running already';

/** Why there is none where nobody wanted one. */
export const LEFT_OUT = 'left out (--skip-baselines)';

export function skippedBaselines(host: string, sizeBytes: number): Baselines {
  const probe = { host, size_bytes: sizeBytes };
  const echo = noEcho(probe, LEFT_OUT, null);
  const ping = unavailable(probe, LEFT_OUT, null);
  return { size_bytes: sizeBytes, ping, echo: { tcp: echo, udp: echo } };
}
