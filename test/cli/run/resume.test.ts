/** A run that ended before its end goes on: `lab run --resume FOLDER`. */
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabResult, resultSchema } from '../../../bench/result/result.js';
import { anyAlive, finish, lab, start } from '../../support/cli/lab.js';

let dir: string;
let folder: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-resume-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Four cells of a tenth of a second: more settings than flags name, and a condition. */
const CONFIG = `
transport: tcp
codec: [msgpack, line-json]
clients: 1
rate: 50
duration: 100ms
warmup: 0
repeat: 2
seed: 9
skip-baselines: true
threshold: [loss<50%]
`;

const cells = async (): Promise<string> => await readFile(join(folder, 'cells.ndjson'), 'utf8');
const resume = (...more: string[]) => lab(['run', '--resume', folder, ...more], { cwd: dir });
const result = async (): Promise<LabResult> =>
  resultSchema.parse(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')));

it('a coordinator that is killed after cell 1 of 4 leaves a folder that is resumed with 3 to go', async () => {
  await writeFile(join(dir, 'lab.yaml'), CONFIG);
  const child = start(['run', '--config', 'lab.yaml', '-o', 'out'], { cwd: dir });
  let seen = '';
  child.stderr?.on('data', (chunk) => {
    seen += chunk;
    if (/^1\/4/m.test(seen)) child.kill('SIGKILL');
  });
  expect((await finish(child)).code).toBeNull();
  await expect.poll(() => anyAlive(child)).toBe(false);
  const [name = ''] = await readdir(join(dir, 'out'));
  folder = join(dir, 'out', name);
  const before = await cells();
  await appendFile(join(folder, 'cells.ndjson'), '{"event":"cell","elap');
  await rm(join(dir, 'lab.yaml'));

  const going = start(['run', '--resume', folder], { cwd: dir });
  let refused: ReturnType<typeof lab> | undefined;
  going.stderr?.on('data', (chunk) => {
    // While it goes on, nobody else does.
    if (/^2\/4/m.test(String(chunk))) refused ??= resume();
  });
  const { code, stdout, stderr } = await finish(going);
  expect(await refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/LAB_ERR_RESUME: .* is in use by process \d+/),
  });
  expect(stderr).toContain(`resuming ${folder}: 1 of 4 cells measured, 3 to go`);
  expect(stderr).toContain('was cut off while it was written');
  expect(stderr).toMatch(/^2\/4 [\s\S]*^4\/4 /m);
  expect(stdout).toContain('resumed');

  const whole = await result();
  // How well a loaded machine keeps time is not what this is about.
  expect(code).toBe(whole.cells.some(({ verdict }) => verdict.status === 'INVALID') ? 4 : 0);
  expect(new Set(whole.cells.map(({ id }) => id)).size).toBe(4);
  expect(whole).toMatchObject({
    incomplete: false,
    seed: 9,
    repeat: { runs: 2, outcome: 'fixed' },
  });
  expect(whole.ended).toBeUndefined();
  expect(whole.thresholds).toHaveLength(4);
  expect(whole.sessions?.map((one) => one.cells.length)).toEqual([1, 3]);
  expect(whole.sessions?.[0]?.ended?.code).toBe('LOST');
  const report = await readFile(join(folder, 'report.md'), 'utf8');
  expect(report.slice(0, 1_000)).toMatch(/Resumed at .*: 1 cell measured before, 3 after/);
  expect((await cells()).startsWith(before)).toBe(true);
  expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.lock'));
});

it('a run that is complete is only told again', async () => {
  const before = { text: await cells(), result: await result() };
  await rm(join(folder, 'result.json'));
  const { stderr, stdout } = await resume('--json');
  expect(stderr).toContain('all 4 cells measured, nothing to go');
  expect(JSON.parse(stdout)).toEqual(before.result);
  expect(await result()).toEqual(before.result);
  expect(await cells()).toBe(before.text);
});

it.each([
  ['--rate', '5'],
  ['--threshold', 'loss<1%'],
])('%s beside --resume is refused by name', async (...option) => {
  const { code, stderr } = await resume(...option);
  expect(code).toBe(2);
  expect(stderr).toContain(`LAB_ERR_NO_EFFECT: ${option[0]} has no effect with --resume`);
});

it('a broken line is an error that names it, a folder without lines one too', async () => {
  const [head, ...others] = (await cells()).split('\n');
  await writeFile(join(folder, 'cells.ndjson'), [head, '{"event":"ce', ...others].join('\n'));
  expect((await resume()).stderr).toMatch(/LAB_ERR_RESULT_INVALID: .* line 2/);
  await writeFile(
    join(folder, 'cells.ndjson'),
    [head?.replace('lab-cells/v1', 'lab-cells/v2'), ...others].join('\n'),
  );
  expect((await resume()).stderr).toContain('LAB_ERR_RESULT_VERSION');
  expect((await lab(['run', '--resume', dir])).stderr).toContain('holds no cells.ndjson');
});
