import { describe, expect, it } from 'vitest';
import type { SelftestResult } from '../../../bench/selftest/selftest.js';
import { lab } from '../../support/cli/lab.js';

async function selftest(
  ...args: string[]
): Promise<{ code: number | null; result: SelftestResult }> {
  const { code, stdout, stderr } = await lab(['selftest', '--json', ...args]);
  expect(stderr).toBe('');
  return { code, result: JSON.parse(stdout) };
}

const missed = ({ checks }: SelftestResult): string[] =>
  checks.filter(({ passed }) => !passed).map(({ name }) => name);

describe('lab selftest', () => {
  it('recovers every injected fault, says how much noise there is, and exits 0', async () => {
    const { code, result } = await selftest('--seed', '5');
    expect(missed(result)).toEqual([]);
    expect(code).toBe(0);
    expect(result).toMatchObject({
      schema: 'lab-selftest/v1',
      seed: 5,
      passed: true,
      broken: null,
    });
    expect(result.checks.length).toBeGreaterThan(40);
    const floor = result.noise_floor_us!;
    expect(floor.p50).toBeGreaterThan(0);
    expect(floor.p50).toBeLessThanOrEqual(floor.p99);
    expect(floor.p99).toBeLessThanOrEqual(floor.max);
  });

  it('with --break loss fails that scenario and no other, and exits 1', async () => {
    const { code, result } = await selftest('--break', 'loss');
    expect(code).toBe(1);
    expect(result.passed).toBe(false);
    expect(result.broken).toEqual(expect.any(String));
    expect(new Set(missed(result).map((one) => one.split(':')[0]))).toEqual(new Set(['loss']));
  });

  it('prints a table for people, the outcome last', async () => {
    const { code, stdout } = await lab(['selftest']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^verdict +figure +injected +recovered/);
    expect(stdout).toMatch(/\nfloor +p50 [\d.]+ [µm]s, p99 .*\n/);
    expect(stdout).toMatch(/\n✔ all \d+ figures recovered within tolerance\n$/);
  });

  it('refuses to break what it does not have', async () => {
    const { code, stderr } = await lab(['selftest', '--break', 'los']);
    expect(code).toBe(2);
    expect(stderr).toContain("LAB_ERR_BAD_VALUE: --break 'los' is not known");
    expect(stderr).toContain('did you mean loss?');
  });
});
