import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pump } from '../../../../bench/probe/ceiling/pump.js';

describe('a pump', () => {
  it('leaves the event loop its turn while there is always something to send', async () => {
    let steps = 0;
    const pump = new Pump(() => {
      steps += 1;
      return true;
    });
    pump.start();
    // Were one slice never to end, these would not come.
    for (let i = 0; i < 5; i++) await turn();
    pump.stop();
    expect(steps).toBeGreaterThan(0);
  });

  it('rests when nothing can go out, however many turns pass', async () => {
    let steps = 0;
    const pump = new Pump(() => {
      steps += 1;
      return steps % 3 !== 0;
    });
    pump.start();
    for (let i = 0; i < 5; i++) await turn();
    expect(steps).toBe(3);
    pump.wake();
    pump.wake();
    for (let i = 0; i < 5; i++) await turn();
    expect(steps).toBe(6);
  });

  it('is not hurried by a wake while it is busy', async () => {
    let steps = 0;
    const pump = new Pump(() => {
      steps += 1;
      if (steps < 3) pump.wake();
      return steps < 3;
    });
    pump.start();
    for (let i = 0; i < 5; i++) await turn();
    expect(steps).toBe(3);
  });

  it('makes no step after it was stopped', async () => {
    let steps = 0;
    const pump = new Pump(() => {
      steps += 1;
      return true;
    });
    pump.start();
    pump.stop();
    for (let i = 0; i < 5; i++) await turn();
    pump.wake();
    await turn();
    expect(steps).toBe(0);
  });
});
