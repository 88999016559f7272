import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createAnchor, followingClock, systemClock, timeOfDay } from '../../src/core/clock.js';

describe('system clock', () => {
  it('never runs backwards', () => {
    const clock = systemClock();
    let last = clock.now();
    for (let i = 0; i < 200_000; i++) {
      const now = clock.now();
      if (now < last) expect.fail(`${now} after ${last}`);
      last = now;
    }
  });

  it('gives microseconds since the Unix epoch', () => {
    // Within a minute of the wall clock: the unit and the zero are right, whatever NTP is doing.
    expect(Math.abs(systemClock().now() - Date.now() * 1e3)).toBeLessThan(60e6);
  });

  it('two processes with one anchor agree within 100 µs', async () => {
    const anchor = createAnchor();
    const { lowest, highest } = await offsetOfAnotherProcess(anchor);
    expect(lowest).toBeLessThan(100);
    expect(highest).toBeGreaterThan(-100);
  });

  it('anchors made one after the other are the same, but for microseconds', () => {
    const anchors = Array.from({ length: 5 }, () => createAnchor());
    // A whole millisecond is what an anchor by the bare reading of the wall clock would be off by.
    expect(Math.max(...anchors) - Math.min(...anchors)).toBeLessThan(900);
  });

  it('a wall clock that stands still makes an anchor too', () => {
    const frozen = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    expect(createAnchor()).toBeGreaterThan(0);
    frozen.mockRestore();
  });

  it('a cancelled timer or immediate does not fire', async () => {
    const clock = systemClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('cancelled'), 1).cancel();
    clock.setImmediate(() => fired.push('cancelled')).cancel();
    clock.setImmediate(() => fired.push('immediate'));
    await new Promise<void>((resolve) => {
      clock.setTimeout(() => {
        fired.push('timeout');
        resolve();
      }, 2);
    });
    expect(fired).toEqual(['immediate', 'timeout']);
  });
});

describe('a clock that follows the wall clock', () => {
  it('of the real one nothing is to be followed', () => {
    const clock = followingClock();
    expect([clock.follow(), clock.step]).toEqual([0, 0]);
    expect(Math.abs(timeOfDay(clock) - Date.now() * 1e3)).toBeLessThan(60e6);
  });

  it('finds a step of the real one to the microseconds that its reading takes', () => {
    const clock = followingClock(systemClock(), () => Date.now() + 3_600_000);
    expect(Math.abs(clock.follow() - 3.6e9)).toBeLessThan(900);
  });
});

/**
 * Bounds (µs) of how far the clock of another process is ahead of ours. An answer was given between
 * question and arrival, so every exchange gives an interval that holds the offset; a slow exchange
 * gives a wide one, never a wrong one.
 */
async function offsetOfAnotherProcess(
  anchor: number,
): Promise<{ lowest: number; highest: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'lab-clock-'));
  try {
    // Node 20 runs no TypeScript: the other process gets a compiled copy of the very file under
    // test.
    const flags = ['--ignoreConfig', '--target', 'es2023', '--module', 'es2022', '--types', 'node'];
    execFileSync('node_modules/.bin/tsc', [...flags, '--outDir', directory, 'src/core/clock.ts']);
    const program = join(directory, 'program.mjs');
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(
      program,
      `import { systemClock } from './clock.js';
       const clock = systemClock(${anchor});
       process.on('message', () => process.send(clock.now()));`,
    );
    const child = fork(program, { execArgv: [] });
    const clock = systemClock(anchor);
    let [lowest, highest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < 100; i++) {
      const asked = clock.now();
      child.send('now');
      const [there] = (await once(child, 'message')) as [number];
      const arrived = clock.now();
      lowest = Math.max(lowest, there - arrived);
      highest = Math.min(highest, there - asked);
    }
    child.disconnect();
    await once(child, 'exit');
    return { lowest, highest };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
