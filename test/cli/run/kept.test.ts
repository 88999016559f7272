/** Whatever ends a run: what it had measured is there, on the disk or on stdout. */
import type { ChildProcess } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LabResult, resultSchema } from '../../../bench/result/result.js';
import { anyAlive, finish, lab, start } from '../../support/cli/lab.js';
import { childrenOf } from '../../support/run/lab-run.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-kept-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Cells of a fifth of a second; as many as there are numbers of clients. */
const run = (clients: string, ...more: string[]): string[] => [
  ...['run', '-t', 'tcp', '-k', 'msgpack', '-c', clients, '-r', '50', '-d', '200ms', '-w', '0'],
  ...['--skip-baselines', '-o', 'out', ...more],
];

/** The same, kept nowhere. */
const unkept = (clients: string, ...more: string[]): string[] => [
  ...run(clients).slice(0, -2),
  ...['--json', '--no-save', ...more],
];

/** The same with longer cells. */
const lasting = (duration: string, args: readonly string[]): string[] =>
  args.map((word) => (word === '200ms' ? duration : word));

/** Calls `action` once so many cells are over. */
function afterCells(child: ChildProcess, count: number, action: () => void): void {
  let seen = '';
  child.stderr?.on('data', function look(chunk) {
    seen += chunk;
    if (!new RegExp(`^${count}/`, 'm').test(seen)) return;
    child.stderr?.off('data', look);
    action();
  });
}

async function onlyFolder(): Promise<string> {
  const names = await readdir(join(dir, 'out'));
  expect(names).toHaveLength(1);
  return join(dir, 'out', names[0]!);
}

async function readJson(path: string): Promise<LabResult> {
  return resultSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

const clientsOf = ({ cells }: LabResult): number[] => cells.map(({ clients }) => clients);

describe('a run that comes to its end', () => {
  it('leaves its cells as lines, of which its result and its report are made, thresholds included', async () => {
    await lab(run('1', '--threshold', 'loss<1%'), { cwd: dir });
    const folder = await onlyFolder();
    const report = await readFile(join(folder, 'report.md'), 'utf8');
    for (const what of [folder, join(folder, 'cells.ndjson')]) {
      expect((await lab(['report', what])).stdout).toBe(report);
    }
    // Of the lines alone, and from stdin.
    const lines = await readFile(join(folder, 'cells.ndjson'), 'utf8');
    expect(await lab(['report', '-'], { input: lines })).toMatchObject({ code: 0, stdout: report });
    await rm(join(folder, 'result.json'));
    expect((await lab(['report', folder])).stdout).toBe(report);
  });
});

describe('a run whose coordinator is killed', () => {
  it('leaves the cells that were over: lab report makes the report of them', async () => {
    const child = start(run('1,2'), { cwd: dir });
    afterCells(child, 1, () => child.kill('SIGKILL'));
    expect((await finish(child)).code).toBeNull();
    const folder = await onlyFolder();
    expect((await readdir(folder)).sort()).toEqual(['cells.ndjson', 'run-1.lock']);
    // As it would be had it been killed while it wrote.
    await appendFile(join(folder, 'cells.ndjson'), '{"event":"cell","elapsed_s":9,"da');
    const { code, stdout } = await lab(['report', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain('1 cell in ');
    expect(stdout).toContain('**INCOMPLETE: nothing says how this run ended');
    await expect.poll(() => anyAlive(child)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('leaves a cell whose ceiling was under way', async () => {
    const child = start(run('1', '--ceiling'), { cwd: dir });
    await expect
      .poll(() => childrenOf(child.pid!, 'bench/probe/ceiling/clients.js'), {
        timeout: 20_000,
        interval: 20,
      })
      .not.toEqual([]);
    child.kill('SIGKILL');
    await finish(child);
    const { code, stdout } = await lab(['report', await onlyFolder()]);
    expect(code).toBe(0);
    expect(stdout).toContain('1 cell in ');
    await expect.poll(() => anyAlive(child)).toBe(false);
  });
});

describe('a run that is stopped', () => {
  it('delivers the cells that were over, and keeps nothing that it should not', async () => {
    const child = start(unkept('1,2'), { cwd: dir });
    afterCells(child, 1, () => child.kill('SIGTERM'));
    const { code, stdout } = await finish(child);
    expect(code).toBe(130);
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(clientsOf(result)[0]).toBe(1);
    expect(result).toMatchObject({ incomplete: true, ended: { code: 'INTERRUPTED' } });
    expect(await readdir(dir)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'by a second wish leaves out the cell that was under way',
    async () => {
      const child = start(lasting('1s', run('1,2', '--json')), { cwd: dir });
      child.stderr?.on('data', (chunk) => {
        if (String(chunk).includes('stopping')) setTimeout(() => child.kill('SIGTERM'), 1_100);
      });
      afterCells(child, 1, () => {
        // Its subscribers stand still, and there is no end of the drain.
        const freeze = setInterval(async () => {
          const subscribers = await childrenOf(child.pid!, 'bench/worker-subscriber/main.js');
          if (subscribers.length === 0) return;
          clearInterval(freeze);
          for (const pid of subscribers) process.kill(pid, 'SIGSTOP');
          child.kill('SIGTERM');
        }, 10);
      });
      const { code, stdout } = await finish(child);
      expect(code).toBe(130);
      const result = resultSchema.parse(JSON.parse(stdout));
      expect(clientsOf(result)).toEqual([1]);
      expect(result).toMatchObject({ incomplete: true, ended: { code: 'QUIT' } });
      expect(await readJson(join(await onlyFolder(), 'result.json'))).toEqual(result);
      expect(anyAlive(child)).toBe(false);
    },
  );
});

describe('a folder that is deleted under the run', () => {
  it('is made again, with every cell in it', async () => {
    const child = start(run('1,2'), { cwd: dir });
    afterCells(child, 1, () => void rm(join(dir, 'out'), { recursive: true }));
    const { stderr } = await finish(child);
    expect(stderr).toContain('lab: the folder of the run was deleted; its cells are in ');
    const folder = await onlyFolder();
    expect(clientsOf(await readJson(join(folder, 'result.json')))).toEqual([1, 2]);
    expect(
      (await readFile(join(folder, 'cells.ndjson'), 'utf8')).trimEnd().split('\n'),
    ).toHaveLength(4);
  });

  it('is not looked for where somebody else has put a file meanwhile', async () => {
    const child = start(run('1,2'), { cwd: dir });
    afterCells(child, 1, () => {
      void rm(join(dir, 'out'), { recursive: true }).then(() =>
        writeFile(join(dir, 'out'), 'mine'),
      );
    });
    const { code, stderr, stdout } = await finish(child);
    expect(code).toBe(1);
    expect(stdout).toContain('tcp/msgpack');
    expect(stderr).toContain('LAB_ERR_EXPORT_FAILED');
    const [, elsewhere = ''] = /lab: the result is in (\S+) instead/.exec(stderr) ?? [];
    expect(clientsOf(await readJson(join(elsewhere, 'result.json')))).toEqual([1, 2]);
    await rm(elsewhere, { recursive: true });
    expect(await readFile(join(dir, 'out'), 'utf8')).toBe('mine');
  });
});

describe('a reader of stdout that leaves', () => {
  it('stops the run where files are kept: the cell under way has figures', async () => {
    const child = start(lasting('60s', run('1,2', '--json-stream', '--quiet')), { cwd: dir });
    child.stdout?.on('data', (chunk) => {
      if (String(chunk).includes('"phase":"measure"')) child.stdout?.destroy();
    });
    expect(await finish(child)).toMatchObject({ code: 141, stderr: '' });
    const result = await readJson(join(await onlyFolder(), 'result.json'));
    expect(result.incomplete).toBe(true);
    expect(result.cells[0]!.delivered).toBeGreaterThan(0);
  });
});

describe.runIf(process.platform === 'linux')('a disk that takes no more', () => {
  it('at the end of a run without a folder has the result go to one for temporary files', async () => {
    const full = ['bash', '-c', 'exec "$@" > /dev/full', 'bash'];
    const { code, stderr } = await lab(unkept('1', '--quiet'), {
      cwd: dir,
      through: full,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('LAB_ERR_EXPORT_FAILED: stdout cannot be written');
    const [, elsewhere = ''] = /lab: the result is in (\S+) instead/.exec(stderr) ?? [];
    expect(clientsOf(await readJson(join(elsewhere, 'result.json')))).toEqual([1]);
    await rm(elsewhere, { recursive: true });
  });

  it('in the middle of a run is said once, ends nothing, and the whole result is on stdout', async () => {
    // 8 KiB a file: the first lines fit, and half of a later one.
    const limited = ['bash', '-c', 'ulimit -f 8; exec "$@"', 'bash'];
    const { code, stdout, stderr } = await lab(run('1,2,3', '--json', '--quiet'), {
      cwd: dir,
      through: limited,
    });
    expect(code).toBe(1);
    expect(clientsOf(resultSchema.parse(JSON.parse(stdout)))).toEqual([1, 2, 3]);
    expect(stderr.match(/the run goes on, and its cells are kept in memory/g)).toHaveLength(1);
    expect(stderr).toContain('LAB_ERR_EXPORT_FAILED: -o/--output');
    const lines = await readFile(join(await onlyFolder(), 'cells.ndjson'), 'utf8');
    // Nothing but whole lines.
    for (const line of lines.split('\n').slice(0, -1)) JSON.parse(line);
    expect(lines.endsWith('\n')).toBe(true);
  });
});

describe('a run that fails at its first cell', () => {
  it('leaves no folder behind', async () => {
    const { createServer } = await import('node:net');
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as { port: number };
    const { code, stderr } = await lab(run('1', '--port', String(port)), { cwd: dir });
    squatter.close();
    expect(code).toBe(1);
    expect(stderr).toContain('LAB_ERR_PORT_IN_USE');
    expect(await readdir(dir)).toEqual([]);
  });
});
