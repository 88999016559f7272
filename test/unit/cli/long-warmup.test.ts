import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../../bench/config.js';
import { commandConfig, reproduction } from '../../../cli/args/run-config.js';

const BUSY: Partial<RunConfig> = { clients: [100, 1_000], ratesPerSecond: [1_000] };

describe('the warm-up of a run', () => {
  it('is longer where nobody says how long, and a cell has a million deliveries a second', () => {
    expect(commandConfig([BUSY, { durationsMs: [2_000] }]).warmupMs).toBe(3_000);
    expect(commandConfig([BUSY]).warmupMs).toBe(3_000);
    const fewer: Partial<RunConfig> = { ...BUSY, clients: [999], durationsMs: [2_000] };
    expect(commandConfig([fewer]).warmupMs).toBe(1_000);
  });

  it('is what somebody says, whatever is sent', () => {
    expect(commandConfig([BUSY, { warmupMs: 500 }]).warmupMs).toBe(500);
    expect(commandConfig([BUSY], [{ warmupMs: 0 }]).warmupMs).toBe(0);
  });

  it('is said by the command that repeats the run', () => {
    for (const warmupMs of [1_000, 3_000]) {
      const command = reproduction(commandConfig([BUSY, { warmupMs }]));
      expect(command).toContain(`--warmup ${warmupMs / 1_000}s`);
    }
    expect(reproduction(commandConfig([{ warmupMs: 1_000 }]))).not.toContain('--warmup');
  });
});
