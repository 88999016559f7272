/** What can befall the processes of a run, and when. Linux only: it finds them in /proc. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Phase, RunEvent } from '../../../bench/events.js';

export const SERVER = 'bench/worker-server/main.js';
export const SUBSCRIBERS = 'bench/worker-subscriber/main.js';

/** How long a connection is tried for: far longer than a worker takes to listen. */
const LISTEN_LIMIT_MS = 20_000;
const RETRY_MS = 5;

/** What is done to a cell, told of all that happens in it. */
export type Fault = (event: RunEvent) => void;

/** The i-th cell of a run meets the i-th fault. */
export function cellByCell(...faults: readonly Fault[]): Fault {
  let fault: Fault | undefined;
  return (event) => {
    if (event.type === 'cell-start') fault = faults[event.index];
    fault?.(event);
  };
}

export function atPhase(phase: Phase, action: () => void): Fault {
  let done = false;
  return (event) => {
    if (done || event.type !== 'phase' || event.phase !== phase) return;
    done = true;
    action();
  };
}

/**
 * Calls `action` when a subscriber process is certain to have begun to measure the window. It
 * reports twice a second from 200 ms before the first message on, so its second report comes from
 * the window if the warm-up is shorter than 300 ms.
 */
export function inWindow(action: () => void): Fault {
  let reports = 0;
  return (event) => {
    if (event.type !== 'interval') return;
    reports += 1;
    if (reports === 2) action();
  };
}

/**
 * Processes started by `parent` that run this script of the lab. Synchronous, so that what is done
 * to them in answer to an event is done before they are told anything more.
 */
export function workersOf(script: string, parent: number = process.pid): number[] {
  const children = threadsOf(parent).flatMap((thread) =>
    read(`/proc/${parent}/task/${thread}/children`).split(' '),
  );
  return children
    .filter((pid) => pid !== '' && read(`/proc/${pid}/cmdline`).includes(script))
    .map(Number);
}

/** Sends a signal to those processes. */
export function signalWorkers(script: string, signal: NodeJS.Signals, parent?: number): void {
  for (const pid of workersOf(script, parent)) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone meanwhile.
    }
  }
}

/** Stops the processes that run this script where they are, and lets them go on after `ms`. */
export function freezeFor(script: string, ms: number): void {
  signalWorkers(script, 'SIGSTOP');
  setTimeout(() => signalWorkers(script, 'SIGCONT'), ms);
}

/**
 * The subscriber process stands still, from before it is told where to connect until this is done.
 */
export function beforeTheyConnect(action: () => Promise<void>): Fault {
  return atPhase('connect', () => {
    signalWorkers(SUBSCRIBERS, 'SIGSTOP');
    // What fails here shows in the verdict.
    const release = (): void => signalWorkers(SUBSCRIBERS, 'SIGCONT');
    action().then(release, release);
  });
}

/** The server that listens on this port may open so many files more than it has. */
export async function leaveDescriptors(port: number, count: number): Promise<void> {
  (await connectWhenOpen(port)).destroy();
  limitDescriptors(workersOf(SERVER)[0] as number, count);
}

/**
 * The same for each subscriber process. One that starts has some 90 files open at a time, of its
 * program.
 */
export async function leaveSubscribers(count: number): Promise<void> {
  for (const pid of workersOf(SUBSCRIBERS)) limitDescriptors(pid, count);
}

function limitDescriptors(pid: number, count: number): void {
  const limit = readdirSync(`/proc/${pid}/fd`).length + count;
  execFileSync('/usr/bin/prlimit', [`--pid=${pid}`, `--nofile=${limit}:${limit}`]);
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A connection to this port of this host, as soon as somebody listens there. */
export async function connectWhenOpen(port: number): Promise<Socket> {
  const deadline = performance.now() + LISTEN_LIMIT_MS;
  for (;;) {
    const socket = createConnection(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** None when there is no such process any more. */
function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when there is no such file any more: processes come and go. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
