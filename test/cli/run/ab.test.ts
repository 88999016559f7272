/** `lab ab` as it is used: what it leaves, and what is left when it is ended. */
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AB_SCHEMA_PATH, type AbDocument, abSchema } from '../../../bench/ab/document.js';
import { finish, lab, start } from '../../support/cli/lab.js';
import { readProject } from '../../support/docs/docs.js';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-ab-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const SMALL = ['--both', '-c 2 -r 100 -d 100ms -w 20ms', '-o', 'kept'];

async function folder(): Promise<string> {
  const [name] = await readdir(join(dir, 'kept'));
  expect(name).toMatch(/^\d{8}-\d{6}-ab-tcp-line-json-c2$/);
  return join(dir, 'kept', name!);
}

async function readAgain(...flags: string[]): Promise<{ code: number | null; it: AbDocument }> {
  const { code, stdout } = await lab(['ab', '--from', await folder(), '--json', ...flags]);
  return { code, it: abSchema.parse(JSON.parse(stdout)) };
}

describe('lab ab', () => {
  it('measures both sides in each block, and keeps the document, its page and both results', async () => {
    const args = ['ab', '--flush 0', '--flush 5ms', ...SMALL, '--blocks', '2', '--json'];
    const { code, stdout, stderr } = await lab(args, { cwd: dir });
    expect([0, 4]).toContain(code);
    expect(stderr).toMatch(/^lab: 2 blocks of 4 cells \(ABBA\), about \d+ s$/m);
    expect(stderr).toMatch(/^block 2\/2: latency p99 A /m);
    const schema = new Ajv2020().compile(JSON.parse(readProject(AB_SCHEMA_PATH)) as object);
    expect(schema(JSON.parse(stdout)), JSON.stringify(schema.errors)).toBe(true);
    const document = abSchema.parse(JSON.parse(stdout));
    expect(document.arms.map(({ label, flags, cells }) => [label, flags, cells])).toEqual([
      ['A', '-c 2 -r 100 -d 100ms -w 20ms --flush 0', 4],
      ['B', '-c 2 -r 100 -d 100ms -w 20ms --flush 5ms', 4],
    ]);
    expect(document.comparison.cells[0]!.same_feed).toBe(true);
    const kept = await folder();
    expect((await readdir(kept)).sort()).toEqual(['a', 'ab.json', 'b', 'plan.json', 'report.md']);
    expect(await readFile(join(kept, 'ab.json'), 'utf8')).toBe(stdout);
    expect(await readFile(join(kept, 'report.md'), 'utf8')).toMatch(/^# A against B/);
    expect((await readAgain()).it).toEqual(document);
    expect((await lab(['report', join(kept, 'b')])).stdout).toContain('flush 5ms');
  });

  it('killed in its second block has the first', async () => {
    const args = ['ab', '', '--flush 5ms', ...SMALL, '--blocks', '50'];
    const child = start(args, { cwd: dir });
    const ended = finish(child);
    await new Promise<void>((done) =>
      child.stderr!.on('data', (said: Buffer) => {
        if (said.includes('block 1/50')) done();
      }),
    );
    child.kill('SIGKILL');
    await ended;
    const { code, it: document } = await readAgain('--metrics', 'p50');
    expect(code).toBe(4);
    expect(document).toMatchObject({ incomplete: true, ended: { code: 'LOST' } });
    const { usable, suspect, invalid } = document.comparison.cells[0]!.blocks;
    expect(usable + invalid).toBe(1);
    expect(suspect).toBeLessThanOrEqual(1);
  });

  it('ended by Ctrl-C says what the blocks so far tell, and keeps them', async () => {
    const child = start(['ab', '', '--flush 5ms', ...SMALL, '--blocks', '50'], { cwd: dir });
    const ended = finish(child);
    await new Promise<void>((done) =>
      child.stderr!.on('data', (said: Buffer) => {
        if (said.includes('block 1/50')) done();
      }),
    );
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^⚠ the session ended after \d of 50 blocks/m);
    const { code: again, it: document } = await readAgain();
    expect(again).toBe(4);
    expect(document.ended).toMatchObject({ code: 'INTERRUPTED' });
    expect(document.arms.every(({ cells }) => cells >= 2)).toBe(true);
  });

  it('of two checkouts measures each by its own lab, and Ctrl-C leaves what there is', async () => {
    const child = start(['ab', '', '--lab-b', PROJECT, ...SMALL, '--blocks', '50'], { cwd: dir });
    const ended = finish(child);
    await new Promise<void>((done) =>
      child.stderr!.on('data', (said: Buffer) => {
        if (said.includes('block 1/50')) done();
      }),
    );
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('⚠ the session ended after');
    const { it: document } = await readAgain();
    expect(document.ended).toMatchObject({ code: 'INTERRUPTED' });
    expect(document.arms.map(({ program }) => program)).toEqual(
      new Array(2).fill(join(PROJECT, 'bin/lab.js')),
    );
    expect(document.arms[1]!.cells).toBeGreaterThanOrEqual(2);
  });

  it('asks the lab of another checkout before anything is measured', async () => {
    await mkdir(join(dir, 'other/bin'), { recursive: true });
    await copyFile(join(PROJECT, 'bin/lab.js'), join(dir, 'other/bin/lab.js'));
    await copyFile(join(PROJECT, 'package.json'), join(dir, 'other/package.json'));
    const args = ['ab', '', '--lab-b', 'other', ...SMALL, '--blocks', '2'];
    const { code, stdout, stderr } = await lab(args, { cwd: dir });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^lab: LAB_ERR_USAGE: B: .* says: the lab is not built yet$/m);
    expect(await readdir(dir)).toEqual(['other']);
  });

  it('that cannot measure a side ends, and says which', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    try {
      const args = ['ab', '', `--port ${port}`, ...SMALL, '--blocks', '2'];
      const { code, stderr } = await lab(args, { cwd: dir });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^lab: LAB_ERR_(PORT_IN_USE|LISTEN): B: /m);
    } finally {
      squatter.close();
    }
  });
});
