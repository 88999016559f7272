/**
 * Ticks from a thread. Node's own timers tick in whole milliseconds, which would add half a
 * millisecond to every latency at a low rate; a thread that sleeps on a futex wakes within about
 * 0.1 ms, and spins nowhere.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type ClockAnchor, systemClock } from '../core/clock.js';
import { workerPath } from '../process/worker-path.js';
import type { StartTicker, TickTimes } from './ticker.js';

interface ThreadData {
  readonly anchor: ClockAnchor;
  /**
   * One cell: 1 while a tick waits to be handled, so that a busy main thread finds one tick, not a
   * heap of them; 2 = stop.
   */
  readonly state: SharedArrayBuffer;
}

/** A thread that is there, and ticks once it is told the times. */
export interface ReadyThread {
  /** Once. */
  readonly start: StartTicker;
  stop(): void;
}

const IDLE = 0;
const PENDING = 1;
const STOP = 2;

/**
 * Ticks by the clock of this `anchor`. `onFailure`: the thread could not be started, or ended, and
 * nothing ticks any more; without it that is an uncaught error, as of any thread.
 * @throws LAB_ERR_INTERNAL when its script is missing, and what `Worker` throws
 */
export function threadTicker(
  anchor: ClockAnchor,
  onFailure?: (error: unknown) => void,
): StartTicker {
  return (times, onTick) => readyThread(anchor, onFailure).start(times, onTick);
}

/**
 * The same for whoever may have no files left to open by the time the first tick is due.
 * @throws LAB_ERR_INTERNAL when its script is missing, and what `Worker` throws
 */
export function readyThread(
  anchor: ClockAnchor,
  onFailure?: (error: unknown) => void,
): ReadyThread {
  const state = new Int32Array(new SharedArrayBuffer(4));
  const data: ThreadData = { anchor, state: state.buffer as SharedArrayBuffer };
  // No flags of its creator's: one like --input-type would be refused by a file.
  const thread = new Worker(workerPath('src/pacer/thread-ticker.js'), {
    workerData: data,
    execArgv: [],
  });
  let stopped = false;
  if (onFailure !== undefined) thread.on('error', onFailure);
  const stop = (): void => {
    stopped = true;
    Atomics.store(state, 0, STOP);
    void thread.terminate();
  };
  const start: StartTicker = (times, onTick) => {
    thread.on('message', () => {
      // A tick may already be on its way when it is stopped.
      if (stopped) return;
      Atomics.compareExchange(state, 0, PENDING, IDLE);
      onTick();
    });
    thread.postMessage(times satisfies TickTimes);
    return { stop };
  };
  return { start, stop };
}

function run({ anchor, state }: ThreadData, { first, tickMicros }: TickTimes): void {
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

if (!isMainThread && parentPort !== null && isThreadData(workerData)) {
  const data = workerData;
  parentPort.once('message', (times: TickTimes) => run(data, times));
}

function isThreadData(data: unknown): data is ThreadData {
  return typeof data === 'object' && data !== null && 'anchor' in data && 'state' in data;
}
