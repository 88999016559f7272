/**
 * The package as npm packs it, unpacked beside the dependencies that are installed here: nothing is
 * fetched. `.ci/run` installs it with npm.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabResult } from '../../../bench/result/result.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const MEASURE =
  '-t tcp,udp -k line-json -c 5 -r 50 -d 1s -w 100ms --repeat 1 --skip-baselines --no-save --json -q';

let folder: string;
let files: readonly string[];

/** A folder with all dependencies of the package but koffi, which is optional. */
function linkDependencies(into: string): void {
  const installed = join(PROJECT, 'node_modules');
  mkdirSync(into);
  for (const name of readdirSync(installed)) {
    if (/koffi|^\./.test(name)) continue;
    symlinkSync(join(installed, name), join(into, name));
  }
}

/** Stdout. On a machine that is busy a cell may be INVALID: that is exit code 4. */
function lab(...args: readonly string[]): string {
  const program = join(folder, 'package/bin/lab.js');
  const how = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], how);
  if (status !== 0 && status !== 4) throw new Error(`exit code ${status}: ${stderr}`);
  return stdout;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-package-'));
  // Without scripts: `prepare` would take `dist` away from the tests beside this one.
  const args = ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: PROJECT, encoding: 'utf8' }));
  files = packed.files.map(({ path }: { readonly path: string }) => path);
  execFileSync('tar', ['xzf', join(folder, packed.filename), '-C', folder]);
  linkDependencies(join(folder, 'node_modules'));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('the package', () => {
  it('has the program, its pages and what a run reads, and none of the sources and tests', () => {
    for (const needed of ['bin/lab.js', 'README.md', 'LICENSE', 'examples/scenarios.yaml'])
      expect(files).toContain(needed);
    expect(files.some((path) => path.startsWith('docs/guide/'))).toBe(true);
    expect(files.filter((path) => /^(test|dist\/tools|\.ci|\.github)\//.test(path))).toEqual([]);
    expect(files.filter((path) => /(?<!\.d)\.ts$|\.map$|result\.json$/.test(path))).toEqual([]);
  });

  it('tells its version, which is that of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    expect(lab('--version')).toContain(version);
  });

  it('measures, and finds the shipped scenarios, without the optional koffi', () => {
    expect(existsSync(join(folder, 'node_modules/koffi'))).toBe(false);
    const { cells } = JSON.parse(lab('run', ...MEASURE.split(' '))) as LabResult;
    expect(cells.map(({ transport }) => transport)).toEqual(['tcp', 'udp']);
    for (const cell of cells) {
      expect(cell.delivered).toBeGreaterThan(0);
    }
    expect(lab('run', '--scenario', 'game-tick', '--dry-run')).toContain('udp');
  });
});
