import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, lab } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';

const folder = mkdtempSync(join(tmpdir(), 'lab-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = join(folder, 'lab.yaml');
writeFileSync(
  FILE,
  `transport: tcp
codec: msgpack
clients: 3
rate: 50
duration: 500ms
warmup: 0
skip-baselines: true
seed: 11
threshold: reach>=1%
scenarios:
  busy: { description: four times as much, rate: 200 }
  broken: { threshold: p50<1us }
`,
);

const SLIP = join(folder, 'slip.yaml');
writeFileSync(SLIP, 'seed: 1\nscenarios:\n  quotes:\n    clints: 5\n');

/** What these commands, which measure nothing, answer. */
const UNMEASURED = {
  printed: ['--config', FILE, '--scenario', 'busy', '-c', '1k', '--print-config'],
  twice: ['--print-config', '--json'],
  slip: ['--config', SLIP, '--scenario', 'quotes'],
  shipped: ['--scenario', 'game-tick', '--dry-run', '--json'],
  unknown: ['--scenario', 'game', '--dry-run'],
} as const;
const answers = new Map<string, Finished>();
const answer = (name: keyof typeof UNMEASURED): Finished => answers.get(name)!;
beforeAll(async () => {
  const given = await labEach(Object.values(UNMEASURED).map((args) => ['run', ...args]));
  for (const [i, name] of Object.keys(UNMEASURED).entries()) answers.set(name, given[i]!);
});

describe('lab run --print-config', () => {
  it('prints what --config reads as the same, flags before scenario before file', async () => {
    const first = answer('printed');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    for (const line of ['transport: tcp', 'clients: 1k', 'rate: 200', 'threshold: [reach>=1%]'])
      expect(first.stdout.split('\n')).toContain(line);
    const path = join(folder, 'again.yaml');
    writeFileSync(path, first.stdout);
    expect(await lab(['run', '--config', path, '--print-config'])).toEqual(first);
  });

  it('stands alone: two things cannot be printed', () => {
    const { code, stdout, stderr } = answer('twice');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("option '--print-config' cannot be used with option '--json'");
  });
});

describe('lab run --config', () => {
  it('measures what the file says, and records a command that needs no file', async () => {
    const { code, stdout } = await lab(['run', '--config', FILE, '--no-save', '--json']);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      seed: 11,
      config: { supplied: ['run', '--config', FILE, '--no-save', '--json'] },
      cells: [{ transport: 'tcp', codec: 'msgpack', clients: 3, rate_per_s: 50, duration_s: 0.5 }],
      thresholds: [{ expression: 'reach>=1%', passed: true }],
    });
    expect(result.command).toBe(
      'lab run --transport tcp --codec msgpack --clients 3 --rate 50 --duration 500ms --warmup 0s --seed 11 --skip-baselines',
    );
    expect(result.environment.doctor).toContainEqual(
      expect.objectContaining({ check: 'cpu steal' }),
    );
    expect([0, 4]).toContain(code);
  });

  it('holds the run to the thresholds of a scenario', async () => {
    const { code } = await lab(['run', '--config', FILE, '--scenario', 'broken', '--no-save']);
    expect(code).toBe(99);
  });

  it('tells file, line and column of a slip, and exits 2', () => {
    const { code, stdout, stderr } = answer('slip');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `lab: LAB_ERR_BAD_VALUE: ${SLIP}:4:5: scenarios.quotes.clints is not a setting of lab run\n  hint: did you mean clients?\n`,
    );
  });
});

describe('lab run --scenario', () => {
  it('plans the shipped one of that name', () => {
    const { code, stdout } = answer('shipped');
    expect(code).toBe(0);
    const { cells } = JSON.parse(stdout);
    expect(cells).toHaveLength(4);
    expect(cells[0]).toMatchObject({ clients: 200, rate_per_s: 60, size_bytes: 512 });
  });

  it('names the four when there is none of that name', () => {
    const { code, stderr } = answer('unknown');
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean game-tick? choose from: quotes-to-phones');
  });
});
