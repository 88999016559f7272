/** `lab search` as it is used: a known ceiling, what an interrupt leaves, and how it goes on. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SEARCH_SCHEMA_PATH, searchSchema } from '../../../bench/search/document.js';
import { finish, lab, start } from '../../support/cli/lab.js';
import { readProject } from '../../support/docs/docs.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-search-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const TRIALS = ['--initial', '300ms', '--final', '500ms', '--sum', '500ms', '--width', '25%'];
const SMALL = ['-t', 'tcp', '-k', 'line-json', '-c', '2', '-r', '150', '-w', '100ms', ...TRIALS];
/**
 * Above it what waits grows by (rate − 400) ÷ 400 of the time: at 500 messages/s half of the
 * messages of 0.6 s wait for 75 ms and more, at 420 for 15.
 */
const CAPACITY = 400;
const SLO = ['--slo', 'p50<40ms,loss=0', '--inject', `capacity=${CAPACITY}`];

describe('lab search', () => {
  it('finds a known ceiling, keeps what is known at Ctrl-C, and goes on from there', async () => {
    const child = start(['search', ...SMALL, ...SLO, '-o', 'kept'], { cwd: dir });
    const ended = finish(child);
    await new Promise<void>((done) =>
      child.stderr!.on('data', (said: Buffer) => {
        if (said.includes('300 messages/s, 0.3 s')) done();
      }),
    );
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('⚠ it ended before its end');
    const [name] = await readdir(join(dir, 'kept'));
    expect(name).toMatch(/^\d{8}-\d{6}-search-rate-tcp$/);
    const folder = join('kept', name!);
    expect(stderr).toContain(`lab search --resume ${folder}`);
    const read = async () =>
      searchSchema.parse(JSON.parse(await readFile(join(dir, folder, 'search.json'), 'utf8')));
    const before = await read();
    expect(before).toMatchObject({ incomplete: true, ended: { code: 'INTERRUPTED' } });
    const known = before.combinations[0]!.trials;
    expect(known.length).toBeGreaterThanOrEqual(2);

    const again = await lab(['search', '--resume', folder, '--json'], { cwd: dir });
    // Of a machine that is busy otherwise, trials may be void.
    expect([0, 4]).toContain(again.code);
    const document = searchSchema.parse(JSON.parse(again.stdout));
    const schema = new Ajv2020().compile(JSON.parse(readProject(SEARCH_SCHEMA_PATH)) as object);
    expect(schema(JSON.parse(again.stdout)), JSON.stringify(schema.errors)).toBe(true);
    expect(await read()).toEqual(document);
    const { trials, answers } = document.combinations[0]!;
    expect(trials.slice(0, known.length)).toEqual(known);
    const [{ status, lower, upper, binds }] = answers as [(typeof answers)[number]];
    if (again.code === 0) expect(status).toBe('found');
    else expect(status).toBe('instrument');
    if (lower !== null) expect(lower).toBeLessThan(CAPACITY * 1.25);
    if (status === 'found') {
      expect(upper).toBeGreaterThan(CAPACITY);
      expect(1 - lower! / upper!).toBeLessThanOrEqual(0.25);
      expect(binds).toMatchObject({ load: upper });
    }
    expect((await readdir(join(dir, folder))).sort()).toEqual([
      ...['report.md', 'search.json', 'trials.svg'],
    ]);
  }, 150_000);

  it.each([
    [[], 'LAB_ERR_USAGE: a search needs an objective'],
    [['--slo', 'p99<50'], 'LAB_ERR_BAD_VALUE: --slo "p99<50" has no unit'],
    [['--slo', 'p99<5ms', '-r', '10,20'], 'LAB_ERR_BAD_VALUE: --rate has 2 values'],
    [['--slo', 'p99<5ms', '-d', '3s'], 'LAB_ERR_NO_EFFECT: -d/--duration has no effect'],
    [['--resume', 'nowhere'], "LAB_ERR_RESULT_UNREADABLE: 'nowhere' holds no search.json"],
    [['--resume', '.', '--quick'], 'LAB_ERR_NO_EFFECT: --quick has no effect with --resume'],
  ])('%j is refused before anything is measured', async (args, complaint) => {
    const { code, stdout, stderr } = await lab(['search', ...args], { cwd: dir });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(complaint);
    expect(stderr).toContain('hint: ');
    expect(await readdir(dir)).toEqual([]);
  });
});
