/** One system at one rate: its server, a publisher where it needs one, and the subscribers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { WorkerHandle } from '../../bench/process/worker-process.js';
import { LatencyTotal } from '../../bench/record/distribution.js';
import { createAnchor } from '../../src/core/clock.js';
import { sleep } from '../../src/core/timer.js';
import type { FromPublisher, FromSubscribers, ToPublisher, ToSubscribers } from './messages.js';
import type { System } from './systems.js';

const TIMEOUT_MS = 60_000;
const LISTENING_MS = 10_000;
const WARMUP_MS = 2_000;
/** USER_HZ of Linux. */
const TICKS_PER_S = 100;

export interface Load {
  readonly clients: number;
  readonly ratePerSecond: number;
  readonly sizeBytes: number;
  readonly windowMs: number;
}

export interface Outcome {
  readonly deliveredPerSecond: number;
  /** From publishing to the kernel of a subscriber, ms; null with too few. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** CPU of the server for a delivery, µs. */
  readonly cpuMicros: number;
  /** Subscribers that the server cut off. */
  readonly cut: number;
}

/** @throws LAB_ERR_WORKER_*; where a server does not listen */
export async function trial(system: System, load: Load, port: number): Promise<Outcome> {
  const { clients, ratePerSecond, sizeBytes, windowMs } = load;
  const [program, ...args] = system.command(port, ratePerSecond, sizeBytes);
  const server = spawn(program, args, { stdio: 'ignore' });
  const anchor = createAnchor();
  const subscribers = new WorkerHandle<ToSubscribers, FromSubscribers>(
    'subscribers',
    'tools/brokers/subscribers.js',
  );
  const publisher =
    system.wire.hello === undefined
      ? undefined
      : new WorkerHandle<ToPublisher, FromPublisher>('publisher', 'tools/brokers/publisher.js');
  try {
    await listening(server, port);
    const { name } = system;
    subscribers.tell({ type: 'connect', system: name, anchor, port, clients });
    await subscribers.expect('connected', TIMEOUT_MS);
    publisher?.tell({ type: 'publish', system: name, anchor, port, ratePerSecond, sizeBytes });
    await publisher?.expect('publishing', TIMEOUT_MS);
    await sleep(WARMUP_MS);
    subscribers.tell({ type: 'begin' });
    await subscribers.expect('begun', TIMEOUT_MS);
    const before = cpuSeconds(server);
    await sleep(windowMs);
    subscribers.tell({ type: 'end' });
    const { delivered, seconds, cut, latency } = await subscribers.expect('ended', TIMEOUT_MS);
    const spent = cpuSeconds(server) - before;
    const total = new LatencyTotal();
    total.add(latency);
    const [p50, p99] = [total.percentile(0.5), total.percentile(0.99)];
    return {
      deliveredPerSecond: delivered / seconds,
      p50Ms: p50 === null ? null : p50 / 1e3,
      p99Ms: p99 === null ? null : p99 / 1e3,
      cpuMicros: (spent * 1e6) / Math.max(1, delivered),
      cut,
    };
  } finally {
    await Promise.all([subscribers.stop({ type: 'close' }), publisher?.stop({ type: 'close' })]);
    if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit');
  }
}

/** Waits until somebody accepts connections there. */
async function listening(server: ChildProcess, port: number): Promise<void> {
  const until = performance.now() + LISTENING_MS;
  while (performance.now() < until && server.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (outcome) return;
    await sleep(50);
  }
  throw new Error(`${server.spawnfile} does not listen on port ${port}`);
}

/** User and system time, all threads: fields 14 and 15 of proc_pid_stat(5). */
function cpuSeconds({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
