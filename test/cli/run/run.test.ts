import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resultSchema } from '../../../bench/result/result.js';
import { anyAlive, type Finished, finish, lab, start } from '../../support/cli/lab.js';
import { labEach } from '../../support/cli/lab-batch.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-run-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const QUICK = [
  '-k',
  'msgpack',
  '-c',
  '2',
  '-r',
  '50',
  '-d',
  '500ms',
  '-w',
  '0',
  '--skip-baselines',
];
const events = (stdout: string): { event: string; data: Record<string, unknown> }[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('lab run', () => {
  it('prints a table, and keeps a result and the report of it', async () => {
    const { code, stdout, stderr } = await lab(['run', '-t', 'tcp,udp', ...QUICK], { cwd: dir });
    expect([0, 4]).toContain(code);
    expect(stdout).toMatch(/(VALID|SUSPECT) +tcp\/msgpack/);
    expect(stdout).toMatch(/(VALID|SUSPECT) +udp\/msgpack/);
    expect(stderr.split('\n').map((line) => line.slice(0, 3))).toEqual(['1/2', '2/2', '']);
    const [, path = ''] = /^report +(\S+)$/m.exec(stdout) ?? [];
    expect(path).toMatch(/^lab-results\/\d{8}-\d{6}-tcp-udp-c2\/report\.md$/);
    const kept = join(dir, path, '..');
    const again = await lab(['report', join(kept, 'result.json')]);
    expect(again.stdout).toBe(await readFile(join(kept, 'report.md'), 'utf8'));
    const page = await lab(['report', join(kept, 'result.json'), '--html']);
    expect(page.stdout).toBe(await readFile(join(kept, 'report.html'), 'utf8'));
    expect(stdout).toContain(`page    ${path.replace(/\.md$/, '.html')}\n`);
    expect((await readdir(join(dir, 'lab-results'))).length).toBe(1);
  });

  it('prints one valid document with --json, which says how to repeat it', async () => {
    const args = ['run', '-t', 'udp', ...QUICK, '--seed', '7', '--no-save', '--json', '--quiet'];
    const { stdout, stderr } = await lab(args, { cwd: dir });
    expect(stderr).toBe('');
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(result.command).toBe(
      'lab run --transport udp --codec msgpack --clients 2 --rate 50 --duration 500ms --warmup 0s --seed 7 --skip-baselines',
    );
    expect(result.config.supplied).toEqual(args);
    expect(await readdir(dir)).toEqual([]);
  });

  it('exports to files and to stdout', async () => {
    const args = ['run', '-t', 'tcp', ...QUICK, '--no-save', '--quiet'];
    const exports = ['--export-json', 'r.json', '--export-md', 'r.md', '--export-html', 'r.html'];
    const { stdout } = await lab([...args, ...exports, '--export-csv', '-'], { cwd: dir });
    expect(stdout.split('\n')[0]).toMatch(/^id,transport,codec,/);
    expect((await readdir(dir)).sort()).toEqual(['r.html', 'r.json', 'r.md']);
    resultSchema.parse(JSON.parse(await readFile(join(dir, 'r.json'), 'utf8')));
  });

  it.skipIf(process.platform !== 'linux')(
    'exits 1, not 2, when what it has measured cannot be written, and writes what can be',
    async () => {
      const args = ['run', '-t', 'tcp', ...QUICK, '--no-save', '--quiet', '--json'];
      const exports = ['--export-json', '/dev/full', '--export-csv', 'r.csv'];
      const { code, stdout, stderr } = await lab([...args, ...exports], { cwd: dir });
      expect({ code, cells: JSON.parse(stdout).cells.length }).toEqual({ code: 1, cells: 1 });
      expect(stderr).toContain(
        "LAB_ERR_EXPORT_FAILED: --export-json '/dev/full' cannot be written",
      );
      expect(await readdir(dir)).toEqual(['r.csv']);
    },
  );
});

describe('lab run before it measures anything', () => {
  const refused = [
    [['--export-json', 'no/such/dir.json'], 'LAB_ERR_EXPORT_PATH'],
    [['--export-md', '.'], 'LAB_ERR_EXPORT_PATH'],
    [['--output', '/dev/null/x'], 'LAB_ERR_EXPORT_PATH'],
    [['--json', '--export-csv', '-'], 'LAB_ERR_USAGE'],
    [['--json', '--json-stream'], 'LAB_ERR_USAGE'],
    [['--export-json', 'a', '--export-csv', 'a'], 'LAB_ERR_USAGE'],
    [['--export-json', 'a', '--source', 'replay:/nope'], 'LAB_ERR_SOURCE_UNREADABLE'],
    [['-s', '1300', '-t', 'udp'], 'LAB_ERR_MESSAGE_TOO_LARGE'],
  ] as const;
  let answers: Finished[];
  let left: string[];
  beforeAll(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'lab-refused-'));
    answers = await labEach(
      refused.map(([args]) => ['run', ...args]),
      { cwd },
    );
    left = await readdir(cwd);
    await rm(cwd, { recursive: true });
  });

  it.each(refused.map(([args, id], i) => ({ args, id, i })))('refuses $args', ({ id, i }) => {
    const { code, stdout, stderr } = answers[i]!;
    expect(code).toBe(id === 'LAB_ERR_MESSAGE_TOO_LARGE' ? 1 : 2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`lab: ${id}: `);
  });

  it('leaves no file where it refuses', () => {
    expect(left).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  const LONG = [
    'run',
    '-t',
    'tcp,udp',
    '-k',
    'msgpack',
    '-c',
    '2',
    '-r',
    '50',
    '-d',
    '60s',
    '--json-stream',
    '--skip-baselines',
  ];

  it('reports what there is, keeps it as incomplete and exits 130', async () => {
    const child = start(LONG, { cwd: dir });
    child.stdout?.on('data', function interrupt(chunk) {
      if (!String(chunk).includes('"measure"')) return;
      child.stdout?.off('data', interrupt);
      child.kill('SIGINT');
    });
    const { code, stdout, stderr } = await finish(child);
    expect(code).toBe(130);
    expect(stderr).toContain('stopping: draining and reporting what there is');
    const all = events(stdout);
    expect(all[0]?.event).toBe('start');
    expect(all.slice(1, -1).every(({ event }) => event === 'interval')).toBe(true);
    expect(all.at(-1)).toMatchObject({
      event: 'end',
      data: { incomplete: true, cells: [{ incomplete: true }] },
    });
    const [name] = await readdir(join(dir, 'lab-results'));
    const kept = await readFile(join(dir, 'lab-results', name!, 'result.json'), 'utf8');
    expect(JSON.parse(kept)).toEqual(all.at(-1)?.data);
    expect(anyAlive(child)).toBe(false);
  });

  it('twice ends at once with 130, and nothing stays behind', async () => {
    // With baselines: the first one finds a ping under way, and what it began is not over when the
    // second one comes.
    const args = LONG.filter((word) => word !== '--skip-baselines');
    const child = start(args, { cwd: dir });
    child.stdout?.once('data', () => child.kill('SIGINT'));
    child.stderr?.on('data', (chunk) => {
      // A second wish, not a second signal of the first.
      if (String(chunk).includes('stopping')) setTimeout(() => child.kill('SIGINT'), 1_100);
    });
    expect((await finish(child)).code).toBe(130);
    await expect.poll(() => anyAlive(child)).toBe(false);
  });

  it('is not needed when the reader of the stream leaves', async () => {
    const child = start([...LONG, '--no-save'], { cwd: dir });
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await finish(child)).toMatchObject({ code: 141, stderr: '' });
    await expect.poll(() => anyAlive(child)).toBe(false);
  });
});

describe('lab ping', () => {
  it('measures three round trips', async () => {
    const { code, stdout } = await lab(['ping', '-n', '3', '--json']);
    expect(code).toBe(0);
    const { echo } = JSON.parse(stdout);
    expect(echo).toMatchObject({
      tcp: { available: true, received: 3 },
      udp: { available: true, received: 3 },
    });
  });

  it('does with the echoes where there is no ping, and says what to install', async () => {
    const { code, stdout } = await lab(['ping', '-n', '3'], { env: { PATH: dir } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/TCP echo \((native|node)\) +127\.0\.0\.1 +40 B +3 of 3/);
    expect(stdout).toContain('there is no ping on this machine →');
  });
});

it('lab micro prints every operation of the codec asked for', async () => {
  const { code, stdout } = await lab([
    'micro',
    '-k',
    'msgpack',
    '-s',
    '40',
    '--time',
    '10ms',
    '--json',
  ]);
  expect(code).toBe(0);
  const rows: { codec: string; operation: string }[] = JSON.parse(stdout);
  expect(rows.map(({ codec, operation }) => `${codec} ${operation}`)).toEqual([
    'msgpack encode',
    'msgpack decode',
    'msgpack scan',
  ]);
});
