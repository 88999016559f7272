import { describe, expect, it } from 'vitest';
import { IdleTimeout } from '../../../src/transports/client/idle-timeout.js';
import { newClientCounters } from '../../../src/transports/counters.js';
import { FakeClock } from '../../support/core/fake-clock.js';

function rig(heartbeatMs: number): {
  clock: FakeClock;
  read: (length: number, whole: boolean) => void;
  watch: IdleTimeout;
  silences: number[];
} {
  const clock = new FakeClock();
  const counters = newClientCounters();
  const silences: number[] = [];
  const watch = new IdleTimeout(clock, counters, (limitMs) => silences.push(limitMs));
  watch.start(heartbeatMs);
  const read = (length: number, whole: boolean): void => {
    counters.reads += 1;
    watch.read(length, whole);
  };
  return { clock, read, watch, silences };
}

describe('a server of which nothing is read', () => {
  it('is silent after five seconds, is said to be so once, and nothing ticks on', () => {
    const { clock, silences } = rig(1_000);
    clock.advance(4_999);
    expect(silences).toEqual([]);
    clock.advance(2_501);
    expect(silences).toEqual([5_000]);
    clock.advance(60_000);
    expect(silences).toEqual([5_000]);
    expect(clock.pending).toBe(0);
  });

  it('may miss two heartbeats, however long their period', () => {
    const { clock, silences } = rig(60_000);
    clock.advance(179_000);
    expect(silences).toEqual([]);
    clock.advance(120_000);
    expect(silences).toEqual([180_000]);
  });

  it('is not silent as long as it is read every five seconds', () => {
    const { clock, read, silences } = rig(1_000);
    for (let i = 0; i < 20; i++) {
      clock.advance(4_900);
      read(40, true);
    }
    expect(silences).toEqual([]);
  });

  it('is silent as long as what comes is not a whole item, nor a good part of one', () => {
    const { clock, read, silences } = rig(1_000);
    for (let i = 0; i < 50; i++) {
      expect(silences).toEqual([]);
      clock.advance(100);
      read(10, false);
    }
    expect(silences).toEqual([5_000]);
  });

  it('is not silent in the middle of a message that takes minutes', () => {
    const { clock, read, silences } = rig(1_000);
    for (let i = 0; i < 600; i++) {
      clock.advance(100);
      read(30, false);
    }
    expect(silences).toEqual([]);
  });

  it('is not to blame when we stood still: what waits is read before the second look', () => {
    const { clock, read, silences } = rig(1_000);
    clock.spend(3_600_000_000);
    const immediately = clock.setImmediate.bind(clock);
    // What the event loop does between timers and immediates.
    clock.setImmediate = (callback) => {
      read(40, true);
      return immediately(callback);
    };
    clock.advance(0);
    expect(silences).toEqual([]);
    clock.advance(4_000);
    expect(silences).toEqual([]);
    expect(clock.pending).toBe(1);
  });

  it('is not watched any more after a stop', () => {
    const { clock, watch, silences } = rig(1_000);
    watch.stop();
    clock.advance(60_000);
    expect(silences).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
