import type { Clock, Timer } from '../core/clock.js';
import type { StartTicker } from './ticker.js';

/** Ticks from timers of `clock`: those of Node come up to a millisecond late. */
export function timerTicker(clock: Clock): StartTicker {
  return ({ first, tickMicros }, onTick) => {
    let tick = 0;
    let stopped = false;
    let timer: Timer;
    const arm = (): void => {
      const left = Math.ceil(first + tick * tickMicros - clock.now());
      timer = clock.setTimeout(fire, Math.max(0, left) / 1_000);
    };
    const fire = (): void => {
      const now = clock.now();
      if (now >= first + tick * tickMicros) {
        tick = Math.max(tick + 1, Math.ceil((now - first) / tickMicros));
        onTick();
      }
      // A timer of Node may come early as well.
      if (!stopped) arm();
    };
    arm();
    return {
      stop: () => {
        stopped = true;
        timer.cancel();
      },
    };
  };
}
