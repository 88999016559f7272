import { type ChildProcess, fork } from 'node:child_process';
import { sleep } from '../../../src/core/timer.js';
import { isHost } from '../../../src/options/values.js';
import { forkFolder } from '../../../src/process/fork-folder.js';
import { workerPath } from '../../../src/process/worker-path.js';
import { localAddress } from '../../../src/transports/host.js';
import type { RoundTrip } from '../../result/result.js';
import { roundNanos, roundTripTimes, standardDeviation, unavailable } from '../round-trip.js';
import { type EchoClient, tcpEchoClient, udpEchoClient } from './client.js';

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

/** What a worker tells its parent, once. */
export type EchoWorkerMessage = { readonly port: number } | { readonly error: string };

/** Exchanges before the first that counts: connection, JIT and caches settle. */
const WARMUP = 20;
/** So many lost replies in a row are enough: the rest would only cost time. */
const GIVE_UP_AFTER = 5;
const START_LIMIT_MS = 10_000;
const EXIT_LIMIT_MS = 1_000;
const MIN_SIZE = 4;
const MAX_SIZE = { tcp: 1024 * 1024, udp: 65_507 } as const;

/**
 * Round-trip time over a bare socket of Node, to a process of its own and back: a closed loop, one
 * exchange at a time, so no equal of open-loop latencies. Never throws: without figures,
 * `available: false` with a reason. `mdev` is the population standard deviation, as in iputils
 * ping.
 */
export async function runEcho(options: EchoOptions): Promise<RoundTrip> {
  const { transport, host, timeoutMs } = options;
  const size_bytes = Math.min(
    Math.max(Math.round(options.sizeBytes) || 0, MIN_SIZE),
    MAX_SIZE[transport],
  );
  const tally: Tally = { sent: 0, samples: [] };
  const failure = isHost(host)
    ? await echo(options, size_bytes, tally)
    : `${JSON.stringify(host)} is not a host name or address`;
  const probe = { host, size_bytes, sent: tally.sent, received: tally.samples.length };
  const times = roundTripTimes(tally.samples);
  if (times === null && options.signal?.aborted === true) {
    return unavailable(probe, `${transport} echo: interrupted`, null);
  }
  if (failure !== null || times === null) {
    const reason = `${transport} echo: ${failure ?? `no reply within ${timeoutMs} ms`}`;
    return unavailable(
      probe,
      reason,
      'Check that the address is one of this machine and that local sockets are not blocked.',
    );
  }
  const rtt_us = { ...times, mdev: standardDeviation(tally.samples) };
  return { available: true, reason: null, hint: null, ...probe, rtt_us };
}

interface Tally {
  /** Exchanges begun that count. */
  sent: number;
  /** Round trips, µs. */
  readonly samples: number[];
}

/** Starts the server, fills the tally and cleans up; returns what went wrong, or null. */
async function echo(options: EchoOptions, size: number, tally: Tally): Promise<string | null> {
  const { transport, host, timeoutMs } = options;
  let worker: EchoWorker | undefined;
  let client: EchoClient | undefined;
  if (options.signal?.aborted) return null;
  try {
    // A name is looked up once: both ends speak of the same address.
    const address = await localAddress(host);
    worker = new EchoWorker(transport, address);
    const port = await worker.port;
    const payload = Buffer.alloc(size, 0x2e);
    client =
      transport === 'tcp'
        ? await tcpEchoClient(address, port, payload, timeoutMs)
        : await udpEchoClient(address, port, payload);
    await exchangeAll(client, options, tally);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    client?.close();
    await worker?.end();
  }
}

async function exchangeAll(client: EchoClient, options: EchoOptions, tally: Tally): Promise<void> {
  let lostInARow = 0;
  for (let i = -WARMUP; i < options.count; i++) {
    if (options.signal?.aborted) return;
    if (i > 0 && options.intervalMs > 0) await sleep(options.intervalMs);
    if (i >= 0) tally.sent++;
    const us = await client.exchange(options.timeoutMs);
    if (us === null) {
      lostInARow++;
      if (!client.lossy || lostInARow >= GIVE_UP_AFTER) return;
    } else {
      lostInARow = 0;
      if (i >= 0) tally.samples.push(roundNanos(us));
    }
  }
}

/** The forked server process. It ends when told to, when killed, or when this process is gone. */
class EchoWorker {
  /** Where it listens. */
  readonly port: Promise<number>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  /** @throws LAB_ERR_INTERNAL when the lab is not built */
  constructor(transport: string, host: string) {
    const child = fork(workerPath('bench/probe/echo/worker.js'), [transport, host], {
      execArgv: [],
      cwd: forkFolder(),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => child.pid === undefined && resolve());
    });
    this.port = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`its server did not start within ${START_LIMIT_MS} ms`)),
        START_LIMIT_MS,
      );
      child.once('message', (message: EchoWorkerMessage) => {
        clearTimeout(timer);
        if ('port' in message) resolve(message.port);
        else reject(new Error(message.error));
      });
      child.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`its server ended at once (${signal ?? `exit code ${code}`})`));
      });
    });
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_LIMIT_MS);
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
    clearTimeout(kill);
  }
}
