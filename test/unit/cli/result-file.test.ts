import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RESULT_MINOR } from '../../../bench/result/migrations/migrate.js';
import { readResult } from '../../../cli/files/result-file.js';
import { openRun } from '../../../cli/run/resume.js';
import { cellsText } from '../../support/result/cells-text.js';
import { makeInterrupted, makeMatrix } from '../../support/result/result-factory.js';

const TOOL = { name: 'streampulse-lab', version: '9.1.0' };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lab-result-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('the folder of a run', () => {
  it('is read by its result, and without one by its cells', async () => {
    const path = folder();
    const cells = cellsText(makeMatrix(), ['loss<1%']);
    writeFileSync(join(path, 'cells.ndjson'), cells);
    const [first] = (await readResult(path)).thresholds;
    expect(first).toMatchObject({ expression: 'loss<1%' });
    // What a power cut may leave.
    writeFileSync(join(path, 'result.json'), '');
    expect((await readResult(path)).cells).toEqual(makeMatrix().cells);
    writeFileSync(join(path, 'result.json'), JSON.stringify(makeInterrupted()));
    expect(await readResult(path)).toEqual(makeInterrupted());
  });

  it.each([
    ['is broken off', JSON.stringify(makeInterrupted()).slice(0, -9)],
    ['is zeros', '\0'.repeat(4_096)],
  ])('whose result %s is read by its cells, and refused without them', async (_, text) => {
    const path = folder();
    writeFileSync(join(path, 'result.json'), text);
    await expect(readResult(path)).rejects.toMatchObject({ code: 'LAB_ERR_RESULT_INVALID' });
    writeFileSync(join(path, 'cells.ndjson'), cellsText(makeMatrix()));
    expect((await readResult(path)).cells).toEqual(makeMatrix().cells);
    // Who names the file means it.
    await expect(readResult(join(path, 'result.json'))).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_INVALID',
    });
  });

  it('whose cells.ndjson has a threshold that is none is refused, naming the file', async () => {
    const path = folder();
    writeFileSync(join(path, 'cells.ndjson'), cellsText(makeMatrix(), ['speed<1']));
    await expect(readResult(path)).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_INVALID',
      message: expect.stringContaining('speed'),
    });
  });

  it('that has neither is refused', async () => {
    await expect(readResult(folder())).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_UNREADABLE',
      message: expect.stringContaining('holds no result.json and no cells.ndjson'),
    });
  });

  it.each([
    ['below a file', (path: string) => writeFileSync(path, '')],
    ['behind a circle of links', (path: string) => symlinkSync('file', path)],
  ])('%s is refused as unreadable, by reading and by resuming', async (_, make) => {
    const file = join(folder(), 'file');
    make(file);
    const refusal = { code: 'LAB_ERR_RESULT_UNREADABLE' };
    await expect(readResult(join(file, 'result.json'))).rejects.toMatchObject(refusal);
    await expect(openRun(file, () => {})).rejects.toMatchObject(refusal);
  });

  it.each([
    ['{"event":"end"}\n', 'line 7: data: '],
    ['nonsense\n{}\n', 'line 7: not JSON'],
  ])('whose cells.ndjson goes on with %j is refused, naming the line', async (more, problem) => {
    const path = folder();
    writeFileSync(join(path, 'cells.ndjson'), cellsText(makeMatrix()) + more);
    await expect(readResult(path)).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  it('whose cells.ndjson has a later schema is refused by its version', async () => {
    const path = folder();
    const text = cellsText(makeMatrix()).replace('lab-cells/v1', 'lab-cells/v2');
    writeFileSync(join(path, 'cells.ndjson'), text);
    const refusal = {
      code: 'LAB_ERR_RESULT_VERSION',
      message: expect.stringContaining('is a lab-cells/v2'),
      hint: expect.stringContaining('read it with the lab that wrote it'),
    };
    await expect(readResult(path)).rejects.toMatchObject(refusal);
    await expect(openRun(path, () => {})).rejects.toMatchObject(refusal);
  });

  it('with a cell that is none in its cells.ndjson is refused, naming the field', async () => {
    const path = folder();
    const [head = ''] = cellsText(makeMatrix()).split('\n');
    writeFileSync(
      join(path, 'cells.ndjson'),
      `${head}\n{"event":"cell","elapsed_s":1,"data":{"verdict":{"reasons":[null]}}}\n`,
    );
    await expect(readResult(path)).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_INVALID',
      message: expect.stringContaining('cells[0].'),
    });
  });
});

describe('a result of a later form', () => {
  const later = { ...makeMatrix(), schema_minor: RESULT_MINOR + 1, tool: TOOL };

  it('is read, and a note says once what is left out', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => said.mockRestore());
    const path = join(folder(), 'result.json');
    writeFileSync(path, JSON.stringify({ ...later, news: 1 }));
    expect((await readResult(path)).cells).toEqual(makeMatrix().cells);
    expect(said.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/written by a later lab \(lab-result\/v1, schema_minor \d\).*: news\n/),
    ]);
  });

  it('that this lab cannot read is refused with the lab that wrote it', async () => {
    const path = join(folder(), 'result.json');
    writeFileSync(path, JSON.stringify({ ...later, repeat: undefined }));
    await expect(readResult(path)).rejects.toMatchObject({
      code: 'LAB_ERR_RESULT_VERSION',
      message: expect.stringMatching(/written by a later lab .* at repeat: /),
      hint: "read it with the lab that wrote it ('9.1.0'), or a newer one",
    });
  });
});

describe('a result of another version', () => {
  it.each([
    [{ version: '9.1.0' }, "read it with the lab that wrote it ('9.1.0'), or a newer one"],
    [{}, 'read it with the lab that wrote it, or a newer one'],
    [undefined, 'read it with the lab that wrote it, or a newer one'],
    [{ version: 2 }, 'read it with the lab that wrote it, or a newer one'],
  ])('is refused with the lab that wrote it, as far as it says: %j', async (tool, hint) => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-result-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'result.json');
    writeFileSync(path, JSON.stringify({ schema: 'lab-result/v2', tool }));
    await expect(readResult(path)).rejects.toMatchObject({ code: 'LAB_ERR_RESULT_VERSION', hint });
  });
});
