import { sleep } from '../../../src/core/timer.js';
import { loadLibc } from '../../../src/native/libc.js';
import { isHost } from '../../../src/options/values.js';
import { localAddress } from '../../../src/transports/host.js';
import type { SocketAt } from '../../../src/transports/native/blocking-socket.js';
import type { EchoRoundTrip } from '../../result/result.js';
import { noEcho, roundNanos, roundTripTimes, standardDeviation } from '../round-trip.js';
import { tcpEchoClient, udpEchoClient } from './client.js';
import { EchoProcess } from './process.js';
import type { EchoVia, Exchanged, ExchangeLimits } from './roles.js';

interface EchoOptions {
  readonly transport: 'tcp' | 'udp';
  /** A local address: the server is bound to it too. */
  readonly host: string;
  /** Payload both ways; at least 4 bytes, at most 1 MiB (TCP) or 65,507 bytes (UDP). */
  readonly sizeBytes: number;
  /** Exchanges that count. */
  readonly count: number;
  /** Pause between two exchanges; 0 for none. */
  readonly intervalMs: number;
  /** A reply that takes longer is lost. */
  readonly timeoutMs: number;
  /** Ends it with what was exchanged until then. */
  readonly signal?: AbortSignal;
}

/** Exchanges before the first that counts: connection, JIT and caches settle. */
const WARMUP = 20;
/** So many lost replies in a row are enough: the rest would only cost time. */
const GIVE_UP_AFTER = 5;
const MIN_SIZE = 4;
const MAX_SIZE = { tcp: 1024 * 1024, udp: 65_507 } as const;

/**
 * More over TCP need not fit into the buffers of the sockets on the way there and back: two ends
 * that block would wait for each other.
 */
const MAX_NATIVE_SIZE = { tcp: 16 * 1024, udp: MAX_SIZE.udp } as const;

/**
 * Round-trip time over a bare socket to a process of its own and back: by blocking system calls,
 * which wait for the kernel and nothing else, or where they cannot be made over Node's sockets,
 * with an event loop on both sides (`via`). A closed loop, one exchange at a time, so no equal of
 * open-loop latencies. Never throws: without figures, `available: false` with a reason. `mdev` is
 * the population standard deviation, as in iputils ping.
 */
export async function runEcho(options: EchoOptions): Promise<EchoRoundTrip> {
  const { transport, host, timeoutMs, signal } = options;
  const size_bytes = Math.min(
    Math.max(Math.round(options.sizeBytes) || 0, MIN_SIZE),
    MAX_SIZE[transport],
  );
  const { sent, samples, via, failure } = isHost(host)
    ? await bestEcho({ ...options, sizeBytes: size_bytes })
    : failed(`${JSON.stringify(host)} is not a host name or address`);
  const probe = { host, size_bytes, sent, received: samples.length };
  const times = roundTripTimes(samples);
  if (times === null && signal?.aborted === true)
    return noEcho(probe, `${transport} echo: interrupted`, null);
  if (failure !== null || times === null) {
    const reason = `${transport} echo: ${failure ?? `no reply within ${timeoutMs} ms`}`;
    const hint =
      'Check that the address is one of this machine and that local sockets are not blocked.';
    return noEcho(probe, reason, hint);
  }
  const rtt_us = { ...times, mdev: standardDeviation(samples) };
  return { available: true, reason: null, hint: null, ...probe, rtt_us, via };
}

interface Echo extends Exchanged {
  readonly via: EchoVia;
  /** What went wrong, or null. */
  readonly failure: string | null;
}

function failed(failure: string | null): Echo {
  return { sent: 0, samples: [], via: 'node', failure };
}

/** By system calls if there is any reply to be had so. */
async function bestEcho(options: EchoOptions): Promise<Echo> {
  if (options.signal?.aborted) return failed(null);
  const { transport, host, sizeBytes } = options;
  try {
    // A name is looked up once: both ends speak of the same address.
    const at = { transport, ip: await localAddress(host) };
    if (sizeBytes <= MAX_NATIVE_SIZE[transport] && (await canCall())) {
      const native = await echo('native', at, options);
      const isDone = native.failure === null && native.samples.length > 0;
      if (isDone || options.signal?.aborted) return native;
    }
    return await echo('node', at, options);
  } catch (error) {
    return failed(messageOf(error));
  }
}

async function canCall(): Promise<boolean> {
  return await loadLibc().then(
    () => true,
    () => false,
  );
}

/** Starts the processes, and cleans up. */
async function echo(via: EchoVia, at: SocketAt, options: EchoOptions): Promise<Echo> {
  const { count, intervalMs, timeoutMs, sizeBytes, signal } = options;
  const limits = { count, warmup: WARMUP, intervalMs, timeoutMs, giveUpAfter: GIVE_UP_AFTER };
  const processes: EchoProcess[] = [];
  const tally: Tally = { sent: 0, samples: [] };
  let failure: string | null = null;
  try {
    const server = new EchoProcess({ kind: 'server', ...at, via });
    processes.push(server);
    const port = await server.port();
    if (via === 'node') await exchangeByNode(at, port, sizeBytes, limits, tally, signal);
    else {
      const client = new EchoProcess({ kind: 'client', ...at, port, sizeBytes, ...limits });
      processes.push(client);
      const { sent, samples } = await client.exchanged(signal);
      tally.sent = sent;
      tally.samples.push(...samples.map(roundNanos));
    }
  } catch (error) {
    failure = messageOf(error);
  }
  await Promise.all(processes.map((one) => one.end()));
  return { ...tally, via, failure };
}

interface Tally {
  sent: number;
  readonly samples: number[];
}

async function exchangeByNode(
  { transport, ip }: SocketAt,
  port: number,
  size: number,
  limits: ExchangeLimits,
  tally: Tally,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { count, warmup, intervalMs, timeoutMs, giveUpAfter } = limits;
  const payload = Buffer.alloc(size, 0x2e);
  const client =
    transport === 'tcp'
      ? await tcpEchoClient(ip, port, payload, timeoutMs)
      : await udpEchoClient(ip, port, payload);
  let lostInARow = 0;
  try {
    for (let i = -warmup; i < count && !signal?.aborted; i++) {
      if (i > 0 && intervalMs > 0) await sleep(intervalMs);
      if (i >= 0) tally.sent++;
      const us = await client.exchange(timeoutMs);
      lostInARow = us === null ? lostInARow + 1 : 0;
      if (us === null && (!client.lossy || lostInARow >= giveUpAfter)) return;
      if (us !== null && i >= 0) tally.samples.push(roundNanos(us));
    }
  } finally {
    client.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
