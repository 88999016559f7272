/**
 * A thread that says when to look at the schedule. Node's own timers tick in whole milliseconds,
 * which would add half a millisecond to every latency at a low rate; a thread that sleeps on a
 * futex wakes within about 0.1 ms, and spins nowhere.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type ClockAnchor, systemClock } from '../../src/core/clock.js';
import { forkFolder } from '../../src/process/fork-folder.js';
import { workerPath } from '../../src/process/worker-path.js';

interface MetronomeData {
  readonly anchor: ClockAnchor;
  /** First tick, µs since the epoch. */
  readonly first: number;
  readonly tickMicros: number;
  /**
   * One cell: 1 while a tick waits to be handled, so that a busy main thread finds one tick, not a
   * heap of them; 2 = stop.
   */
  readonly state: SharedArrayBuffer;
}

const IDLE = 0;
const PENDING = 1;
const STOP = 2;

/**
 * Calls `onTick` at `first`, `first + tickMicros`, … until stopped; ticks that fall together are
 * one call.
 */
export function startMetronome(
  options: { anchor: ClockAnchor; first: number; tickMicros: number },
  onTick: () => void,
): { stop(): void } {
  const state = new Int32Array(new SharedArrayBuffer(4));
  const data: MetronomeData = { ...options, state: state.buffer as SharedArrayBuffer };
  // Nor does a thread of Node start in a folder that was deleted. What is relative to it was
  // refused before, or is open.
  const root = forkFolder();
  if (root !== undefined) process.chdir(root);
  // No flags of its creator's: one like --input-type would be refused by a file.
  const thread = new Worker(workerPath('bench/workload/metronome.js'), {
    workerData: data,
    execArgv: [],
  });
  let stopped = false;
  thread.on('message', () => {
    // A tick may already be on its way when the metronome is stopped.
    if (stopped) return;
    Atomics.compareExchange(state, 0, PENDING, IDLE);
    onTick();
  });
  return {
    stop: () => {
      stopped = true;
      Atomics.store(state, 0, STOP);
      Atomics.notify(state, 0);
      void thread.terminate();
    },
  };
}

function run({ anchor, first, tickMicros, state }: MetronomeData): void {
  const clock = systemClock(anchor);
  const cell = new Int32Array(state);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let tick = 0;
  while (Atomics.load(cell, 0) !== STOP) {
    const wait = first + tick * tickMicros - clock.now();
    if (wait > 0) {
      // In pieces, so that a stop is noticed although the sleep itself cannot be woken.
      Atomics.wait(sleeper, 0, 0, Math.min(wait / 1_000, 50));
      continue;
    }
    if (Atomics.compareExchange(cell, 0, IDLE, PENDING) === IDLE) parentPort?.postMessage(0);
    tick = Math.max(tick + 1, Math.ceil((clock.now() - first) / tickMicros));
  }
}

if (!isMainThread && parentPort !== null && isMetronomeData(workerData)) run(workerData);

function isMetronomeData(data: unknown): data is MetronomeData {
  return typeof data === 'object' && data !== null && 'tickMicros' in data;
}
