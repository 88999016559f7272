/**
 * A wall clock that is set while a server is up: what it tells others follows, what it waits for
 * does not.
 */
import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { follow, get, serve } from '../../support/server/serve-rig.js';

afterEach(() => vi.restoreAllMocks());

it.each([3_600_000, -3_600_000])(
  'set by %d ms: message times follow, nobody is cut, and it is counted',
  async (step) => {
    const lines: string[] = [];
    const quiet = (): void => {};
    const log = {
      debug: quiet,
      info: quiet,
      warn: (_: unknown, text: string) => void lines.push(text),
      error: quiet,
    };
    const transports = ['tcp', 'udp', 'ws'];
    const server = await serve({
      transports,
      log,
      httpPort: 0,
      transportOptions: { leaseMs: 2_000, heartbeatMs: 200 },
    });
    const feeds = server.urls.map((url) => follow(url));
    const loops = feeds.map((feed) => feed[Symbol.asyncIterator]());
    const first = loops.map((loop) => loop.next());
    server.publish('k', 1);
    await Promise.all(first);
    const wall = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => wall() + step);
    await expect.poll(() => server.stats().clock.steps).toBe(1);
    const monotonic = systemClock();
    server.publish('k', 2);
    for (const loop of loops) {
      const { value } = await loop.next();
      expect(value?.seq).toBe(2);
      // Made after the step, that clock's anchor has it.
      expect(Math.abs((value?.time ?? 0) - monotonic.now())).toBeLessThan(10e6);
    }
    for (const feed of feeds) {
      const { latency, reconnects } = feed.stats();
      // The first came with the snapshot. On a busy machine the two clocks agree to a millisecond,
      // which may be a negative one.
      expect([latency.count + latency.negative, latency.overflow, reconnects]).toEqual([1, 0, 0]);
      expect(latency.p99 ?? 0).toBeLessThan(10e6);
    }
    expect(server.stats()).toMatchObject({ clients: 3, clock: { steps: 1 } });
    expect(Math.abs(server.stats().clock.stepMicros / 1e3 - step)).toBeLessThan(50);
    const { body } = await get(server.httpUrl, '/metrics');
    expect(body).toMatch(/^lab_clock_steps_total 1$/m);
    const seconds = Number(/^lab_clock_step_seconds (\S+)$/m.exec(body)?.[1]);
    expect(Math.abs(seconds - step / 1e3)).toBeLessThan(0.05);
    expect(lines).toEqual([expect.stringContaining(step > 0 ? 'set forward' : 'set back')]);
  },
);
