import { constants, setPriority } from 'node:os';
import type { DeviceCalls } from '../../../src/native/device-calls.js';

/** prctl(2): sleeps end to the ns, not within 50 µs. */
const PR_SET_TIMERSLACK = 29;
/** sched(7): before every thread of the ordinary kind; programs that it starts are ordinary. */
const [SCHED_FIFO, SCHED_RESET_ON_FORK] = [1, 0x40000000];
/** The higher one goes first; 1 is the least. */
export const PRIORITY = { emulator: 2, probe: 1 } as const;

/**
 * Has this thread run as soon as it is woken, whatever else there is to do: a late packet is a
 * wrong number. A nice value would not do: it counts within a session only (autogroup). Who may not
 * do either stays as it is, and lateness, which is measured, tells.
 */
export function keepTime(calls: DeviceCalls, priority: number): void {
  calls.prctl(PR_SET_TIMERSLACK, 1);
  const param = Buffer.allocUnsafeSlow(8).fill(0);
  param.writeInt32LE(priority);
  const address = calls.addressOf(param.buffer) + param.byteOffset;
  if (calls.schedSetscheduler(SCHED_FIFO | SCHED_RESET_ON_FORK, address) >= 0) return;
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
  } catch {
    // An ordinary process, then.
  }
}
