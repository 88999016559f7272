import { describe, expect, it } from 'vitest';
import { resultSchema } from '../../../bench/result/result.js';
import { lab } from '../../support/cli/lab.js';

describe('lab doctor', () => {
  it('exits 1 exactly when something is bad, and prints the same checks as JSON', async () => {
    const { code, stdout, stderr } = await lab(['doctor', '--json']);
    expect(stderr).toBe('');
    const checks = resultSchema.shape.environment.shape.doctor.parse(JSON.parse(stdout));
    expect(checks.length).toBeGreaterThan(8);
    expect(code).toBe(checks.some(({ status }) => status === 'bad') ? 1 : 0);
  });

  it('prints a table, and an advice under it for each doubtful check', async () => {
    const { stdout } = await lab(['doctor']);
    expect(stdout).toMatch(/^verdict +check +found\n/);
    const doubtful = stdout.split('\n\n')[0]!.match(/^[!✘] (warn|bad)/gm) ?? [];
    expect(stdout.match(/^ {2}→ /gm) ?? []).toHaveLength(doubtful.length);
  });
});
