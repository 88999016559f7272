/**
 * Where the lab was started: a folder that was deleted, or whose name is not text, and arguments
 * that are none.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, finish } from '../support/cli/lab.js';
import { labEach } from '../support/cli/lab-batch.js';

const LAUNCHER = fileURLToPath(new URL('../../bin/lab.js', import.meta.url));
const RESULT = fileURLToPath(new URL('../fixtures/result-matrix.json', import.meta.url));
const QUICK = [
  'run',
  '-t',
  'tcp',
  '-k',
  'msgpack',
  '-c',
  '2',
  '-d',
  '500ms',
  '--warmup',
  '0s',
  '--quiet',
  '--skip-baselines',
];

const home = mkdtempSync(join(tmpdir(), 'lab-folder-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Starts `script` in sh, in `home`; `lab` in it is the lab. */
function shell(script: string, ...args: readonly string[]): ChildProcessWithoutNullStreams {
  const lab = `lab() { "${process.execPath}" "${LAUNCHER}" "$@"; }; `;
  return spawn('sh', ['-c', lab + script, 'sh', ...args], { cwd: home });
}

const sh = (script: string, ...args: readonly string[]): Promise<Finished> =>
  finish(shell(script, ...args));

const GONE = 'mkdir -p gone && cd gone && rmdir ../gone && ';
const inGone = (...args: readonly string[]): Promise<Finished> => sh(`${GONE}lab "$@"`, ...args);
const inBytes = (...args: readonly string[]): Promise<Finished> =>
  sh(
    `d=$(printf 'a\\377b') && mkdir -p "$d" && cd "$d" && { lab "$@"; code=$?; ls -R; exit $code; }`,
    ...args,
  );

// Other systems have no such folders.
describe.runIf(process.platform === 'linux')('a working folder that was deleted', () => {
  const needless = [
    ['--version'],
    ['run', '--help'],
    ['report', RESULT],
    ['compare', RESULT, RESULT],
  ] as const;
  const needful = [
    [['report', RESULT, '-o', 'out'], 'LAB_ERR_EXPORT_PATH'],
    [['report', 'result.json'], 'LAB_ERR_RESULT_UNREADABLE'],
    [['compare', RESULT, RESULT, '--export-md', 'x.md'], 'LAB_ERR_EXPORT_PATH'],
    [['run', '-d', '1s'], 'LAB_ERR_EXPORT_PATH'],
    [['run', '-d', '1s', '--no-save', '--export-csv', './x.csv'], 'LAB_ERR_EXPORT_PATH'],
    [['run', '--config', 'lab.yaml'], 'LAB_ERR_BAD_VALUE'],
    [['record', 'tcp://127.0.0.1:1', '-o', 'x.ndjson'], 'LAB_ERR_EXPORT_PATH'],
  ] as const;
  let answers: Finished[];
  beforeAll(async () => {
    const through = ['sh', '-c', `${GONE}"$@"`, 'sh'];
    const commands = [...needless, ...needful.map(([args]) => args)];
    answers = await labEach(commands, { cwd: home, through });
  });

  it('lets the lab begin', async () => {
    expect(await inGone('--version')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(needless.map((args, i) => ({ args, i })))(
    'is no matter for what needs none: $args',
    ({ i }) => {
      expect(answers[i]).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it.each(needful.map(([args, error], i) => ({ args, error, i: needless.length + i })))(
    'is named where it would be needed, before any work: $args',
    ({ error, i }) => {
      const { code, stderr } = answers[i]!;
      expect(code).toBe(2);
      expect(stderr).toContain(error);
      expect(stderr).toContain('the working folder is gone');
      expect(stderr).toContain('hint:');
    },
  );

  it('is no matter for a run that keeps nothing, or keeps it elsewhere', async () => {
    const kept = join(home, 'kept');
    const { code, stderr, stdout } = await inGone(...QUICK, '--json', '-o', kept);
    // A busy machine may well make the cell INVALID: that is 4, and not what this is about.
    expect([0, 4]).toContain(code);
    expect(stderr).not.toContain('LAB_ERR');
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'lab-result/v1', incomplete: false });
    expect(readdirSync(kept)).toHaveLength(1);
  });

  it('under the run is made again for what the run found', async () => {
    mkdirSync(join(home, 'under'));
    const child = shell('cd under && lab "$@"', ...QUICK, '--json-stream');
    // Its first word comes when all is checked, and before anything is measured.
    await once(child.stdout, 'data');
    rmSync(join(home, 'under'), { recursive: true });
    const { code, stderr } = await finish(child);
    expect([0, 4]).toContain(code);
    expect(stderr).not.toContain('LAB_ERR');
    expect(readdirSync(join(home, 'under', 'lab-results'))).toHaveLength(1);
  });
});

describe.runIf(process.platform === 'linux')('a working folder whose name is not UTF-8', () => {
  it('holds what the lab writes to it, and nothing comes to lie beside it', async () => {
    const report = await inBytes('report', RESULT, '-o', 'out/deep');
    expect(report).toMatchObject({ code: 0, stdout: expect.stringContaining('report.md') });
    const run = await inBytes(...QUICK, '-o', './kept');
    expect(run).toMatchObject({ stdout: expect.stringContaining('result.json') });
    const names = readdirSync(home, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    expect(names.filter((name) => name.startsWith('a'))).toEqual(['a\xffb']);
  });
});

describe.runIf(process.platform === 'linux')('an argument that is not UTF-8', () => {
  it.each([
    `lab report "$(printf 'b\\351.json')"`,
    `lab run -d 1s -o "$(printf 'b\\351.json')"`,
    `lab serve --source "$(printf 'replay:b\\351.json')"`,
  ])('is named, byte by byte: %s', async (script) => {
    const { code, stderr } = await sh(script);
    expect(code).toBe(2);
    expect(stderr).toContain('LAB_ERR_USAGE: the argument');
    expect(stderr).toContain('b\\xe9.json');
  });

  it('is told from a file that has the replacement character in its name', async () => {
    const name = '\ufffd.json';
    const { code, stderr } = await sh(`cp "${RESULT}" "${name}" && lab report "${name}" > out.md`);
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(join(home, 'out.md'), 'utf8')).toContain(
      '# Transport and codec comparison',
    );
  });
});
