import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderRun } from '../../../cli/ui/run/table.js';
import { renderHtmlReport } from '../../../reports/html/run/report.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { finish, lab, start } from '../../support/cli/lab.js';
import { makeMatrix } from '../../support/result/result-factory.js';

const result = makeMatrix();
const { markdown, files } = renderReport(result);
let dir: string;
let file: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-report-'));
  file = join(dir, 'result.json');
  await writeFile(file, JSON.stringify(result));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('lab report', () => {
  it('prints the Markdown and nothing else, from a file or from stdin', async () => {
    const whole = { code: 0, stdout: markdown, stderr: '' };
    expect(await lab(['report', file])).toEqual(whole);
    expect(await lab(['report', '-'], { input: JSON.stringify(result) })).toEqual(whole);
  });

  it('prints the page with --html, the bytes of the source and of the built lab alike', async () => {
    const whole = { code: 0, stdout: renderHtmlReport(result), stderr: '' };
    expect(await lab(['report', file, '--html'])).toEqual(whole);
  });

  it('refuses --html beside -o, which writes the page anyway', async () => {
    const { code, stderr } = await lab(['report', file, '--html', '-o', join(dir, 'idle')]);
    expect(code).toBe(2);
    expect(stderr).toContain('lab: LAB_ERR_NO_EFFECT: --html has no effect with -o/--output');
  });

  it('writes the Markdown, its pictures and the page into a directory with -o', async () => {
    const into = join(dir, 'new', 'place');
    const { code, stdout } = await lab(['report', file, '-o', into]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await readdir(into)).sort()).toEqual(
      ['report.md', 'report.html', ...files.keys()].sort(),
    );
    expect(await readFile(join(into, 'report.md'), 'utf8')).toBe(markdown);
    expect(await readFile(join(into, 'report.html'), 'utf8')).toBe(renderHtmlReport(result));
  });

  it('prints with --text what the run printed, and refuses a directory beside it', async () => {
    const { code, stdout, stderr } = await lab(['report', file, '--text']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(renderRun(result, 100, (_format, text) => text, 'result.json'));
    const both = await lab(['report', file, '--text', '-o', join(dir, 'text')]);
    expect({ code: both.code, stdout: both.stdout }).toEqual({ code: 2, stdout: '' });
    expect(both.stderr).toContain('LAB_ERR_NO_EFFECT: -o/--output has no effect with --text');
  });

  it('ends quietly when its reader leaves', async () => {
    const child = start(['report', file]);
    child.stdout?.destroy();
    const { code, stderr } = await finish(child);
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });

  const { cells, ...withoutCells } = result;
  it.each([
    ['no file', undefined, 'LAB_ERR_RESULT_UNREADABLE', 'there is no such file'],
    ['an empty file', '', 'LAB_ERR_RESULT_INVALID', 'is not JSON'],
    ['something else', '[1]', 'LAB_ERR_RESULT_INVALID', 'at the top'],
    [
      'a result without cells',
      JSON.stringify(withoutCells),
      'LAB_ERR_RESULT_INVALID',
      'at cells: ',
    ],
    [
      'a wrong figure',
      JSON.stringify({
        ...result,
        cells: [cells[0], { ...cells[1], latency_us: { ...cells[1]!.latency_us, p50: 'fast' } }],
      }),
      'LAB_ERR_RESULT_INVALID',
      'at cells[1].latency_us.p50: ',
    ],
    [
      'a newer result',
      JSON.stringify({ ...result, schema: 'lab-result/v2' }),
      'LAB_ERR_RESULT_VERSION',
      'is a lab-result/v2',
    ],
  ])('refuses %s', async (_what, text, id, message) => {
    const path = join(dir, 'bad.json');
    await rm(path, { force: true });
    if (text !== undefined) await writeFile(path, text);
    const { code, stdout, stderr } = await lab(['report', path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`lab: ${id}: '${path}'`);
    expect(stderr).toContain(message);
  });
});
