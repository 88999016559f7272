import { expect, it } from 'vitest';
import { createAnchor, systemClock } from '../../src/core/clock.js';
import { threadTicker } from '../../src/pacer/thread-ticker.js';

it('ticks of a thread come at or after their times by the clock of their anchor, until stopped', async () => {
  const anchor = createAnchor();
  const clock = systemClock(anchor);
  const times = { first: clock.now() + 2_000, tickMicros: 1_000 };
  const ticks: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const ticker = threadTicker(anchor, reject)(times, () => {
      ticks.push(clock.now());
      if (ticks.length < 20) return;
      ticker.stop();
      // Another tick would have come by then.
      clock.setTimeout(resolve, 20);
    });
  });
  expect(ticks).toHaveLength(20);
  // Ticks that fall together are one: the n-th is no earlier than its time.
  for (const [n, at] of ticks.entries()) expect(at).toBeGreaterThanOrEqual(times.first + n * 1_000);
});
