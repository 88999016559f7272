import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG, type RunConfig } from '../../../../bench/config.js';
import { subscriberProcesses } from '../../../../bench/run/subscriber-processes.js';

const processes = (change: Partial<RunConfig>, cores: number): number =>
  subscriberProcesses({ ...DEFAULT_CONFIG, receiver: 'native', ...change }, cores);
const load = (clients: number, rate: number): Partial<RunConfig> => ({
  clients: [clients],
  ratesPerSecond: [rate],
});

describe('subscriber processes', () => {
  it('are as many as the deliveries of the largest cell take, whatever its clients', () => {
    expect(processes(load(100, 100), 16)).toBe(1);
    expect(processes(load(10_000, 1), 16)).toBe(1);
    expect(processes(load(10, 100_000), 16)).toBe(8);
    expect(processes({ clients: [10, 1_000], ratesPerSecond: [100, 1_000] }, 16)).toBe(8);
  });

  it('are no more than cores that no server takes, and never none', () => {
    expect([1, 2, 4, 16].map((cores) => processes(load(10_000, 10_000), cores))).toEqual([
      1, 1, 3, 15,
    ]);
    expect(processes({ ...load(10_000, 10_000), shards: 3 }, 4)).toBe(1);
  });

  it('are more over Node’s sockets, two at least for many deliveries where there are two cores', () => {
    const node = { ...load(1_000, 100), receiver: 'node' } as const;
    expect([1, 2, 4, 16].map((cores) => processes(node, cores))).toEqual([1, 2, 2, 2]);
    expect(processes({ ...load(100, 100), receiver: 'node' }, 2)).toBe(1);
  });

  it('of a recording at its own pace are those of 100 messages/s', () => {
    expect(processes({ clients: [5_000], ratesPerSecond: null }, 16)).toBe(4);
  });

  it('are what was asked for, whatever the cores', () => {
    expect(processes({ subscriberProcesses: 7, clients: [1] }, 1)).toBe(7);
  });
});
