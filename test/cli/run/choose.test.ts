/** `lab choose` that measures: what it runs, answers and leaves. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choiceSchema } from '../../../bench/choose/document.js';
import { lab } from '../../support/cli/lab.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-choose-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('lab choose', () => {
  it('measures what the question needs, answers, and keeps the answer beside its runs', async () => {
    const load = ['-c', '5', '-r', '500', '-s', '64', '--slo', 'loss<50%', '--stack', 'tcp'];
    const args = ['choose', ...load, '--quick', '--time', '1s', '--json', '-o', 'kept'];
    const { code, stdout, stderr } = await lab(args, { cwd: dir });
    // On a machine that is too busy no run may count.
    expect([0, 1], stderr).toContain(code);
    expect(stderr).toContain('lab: 1/1 the question: 1 cell × 6 runs');
    const { answer, question, stacks } = choiceSchema.parse(JSON.parse(stdout));
    expect(answer.kind).toBe(code === 0 ? 'choice' : 'undecided');
    expect(question).toMatchObject({
      clients: 5,
      rate_per_s: 500,
      size_bytes: 64,
      links: ['none'],
    });
    expect(stacks).toMatchObject([{ transport: 'tcp', codec: 'msgpack' }]);
    const [name] = await readdir(join(dir, 'kept'));
    expect(name).toMatch(/^\d{8}-\d{6}-choose-c5-r500$/);
    const kept = await readdir(join(dir, 'kept', name!));
    const [run] = kept.filter((one) => /-tcp-c5$/.test(one));
    expect(kept).toEqual(expect.arrayContaining(['choice.json', 'choice.md']));
    expect(await readdir(join(dir, 'kept', name!, run!))).toContain('result.json');
    const again = await lab(
      ['choose', '--from', join('kept', name!), '--slo', 'loss<50%', '--json'],
      {
        cwd: dir,
      },
    );
    const { sources: _, ...once } = choiceSchema.parse(JSON.parse(again.stdout));
    const { sources: __, ...before } = JSON.parse(
      await readFile(join(dir, 'kept', name!, 'choice.json'), 'utf8'),
    );
    expect(once).toEqual(before);
  });

  it('says with --dry-run what it would measure and for how long, and measures nothing', async () => {
    const args = ['choose', '-c', '200', '-r', '100', '--link', 'none,4g', '--dry-run'];
    const { code, stdout } = await lab(args, { cwd: dir });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^the question: 8 cells × \d+ runs\n {2}lab run --stack tcp,udp /);
    expect(stdout).toMatch(/about \d+ min in all\n$/);
    expect(await readdir(dir)).toEqual([]);
  });
});
