import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCells } from '../../../../bench/result/fold-cells.js';
import { cellsLines } from '../../../../bench/result/read-cells.js';
import { type CellResult, resultSchema } from '../../../../bench/result/result.js';
import { cellsText, headOf } from '../../../support/result/cells-text.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

const matrix = makeMatrix();
const [head = '', ...rest] = cellsText(matrix).split(/(?<=\n)/);
const cells = rest.slice(0, matrix.cells.length);
const last = rest[matrix.cells.length] ?? '';

const { environment, noise_floor_us, baselines, baselines_other_sizes, links } = headOf(matrix);
const resume = `${JSON.stringify({
  event: 'resume',
  data: {
    startedAt: '2026-11-22T08:00:00.000Z',
    ...{ environment, noise_floor_us, baselines, baselines_other_sizes, links },
  },
})}\n`;
const cellLine = (data: CellResult, elapsed_s: number): string =>
  `${JSON.stringify({ event: 'cell', elapsed_s, data })}\n`;
const ids = matrix.cells.map(({ id }) => id);
const LOST = expect.objectContaining({ code: 'LOST' });

const folded = (...lines: string[]) => resultSchema.parse(foldCells(lines.join('')).result);

describe('the lines of a run that was resumed', () => {
  it('fold to the result of one that was not, wherever it ended, but for its sessions', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: cells.length }), { maxLength: 3 }),
        (cuts) => {
          const lines = [head];
          for (let i = 0; i <= cells.length; i++) {
            if (cuts.includes(i)) lines.push(resume);
            lines.push(cells[i] ?? last);
          }
          const { sessions, ...result } = folded(...lines);
          expect(result).toEqual(matrix);
          expect(sessions?.length ?? 1).toBe(cuts.length + 1);
          if (sessions !== undefined) {
            expect(sessions.flatMap((one) => one.cells)).toEqual(ids);
            const seconds = sessions.reduce((sum, { duration_s }) => sum + duration_s, 0);
            expect(seconds).toBeCloseTo(result.duration_s);
          }
        },
      ),
    );
  });

  it('keep the newest measurement of a cell, in the place of its first', () => {
    const cut: CellResult = { ...matrix.cells[0]!, incomplete: true, delivered: 1 };
    const result = folded(head, cellLine(cut, 1), resume, cells[0]!, ...cells.slice(1), last);
    expect(result.cells).toEqual(matrix.cells);
    expect(result.incomplete).toBe(false);
    expect(result.sessions).toMatchObject([
      { cells: [], measured_again: [], ended: LOST },
      { cells: ids, measured_again: [ids[0]], ended: null },
    ]);
    // Measured again after others.
    const late = folded(head, cellLine(cut, 1), cells[1]!, resume, cells[0]!, ...cells.slice(2));
    expect(late.cells.map(({ id }) => id)).toEqual(ids);
  });

  it('tell why each session ended', () => {
    const ended = { code: 'QUIT', message: 'the run was quit by a signal' };
    const end = { duration_s: 2, repeat: { ...matrix.repeat, outcome: 'interrupted' }, ended };
    const stopped = `${JSON.stringify({ event: 'end', data: end })}\n`;
    const lines = [head, cells[0]!, stopped, resume, ...cells.slice(1)];
    const { sessions, ...whole } = folded(...lines, last);
    expect(whole).toEqual(matrix);
    expect(sessions).toMatchObject([{ ended, duration_s: 2, cells: [ids[0]] }, { ended: null }]);
    expect(folded(...lines.slice(0, -1)).ended).toEqual(LOST);
    const [killed] = folded(head, cells[0]!, resume, ...cells.slice(1), last).sessions ?? [];
    expect(killed?.ended?.message).toContain('it was killed, or the machine went down');
  });

  it('are refused where a session measures a cell twice', () => {
    expect(() => folded(head, cells[0]!, cells[0]!)).toThrow('line 3 is a cell that is there');
    expect(() => folded(head, cells[0]!, resume, cells[0]!)).not.toThrow();
  });

  it('may say twice in a row how it ended, and the second counts', () => {
    expect(folded(head, ...cells, last, last)).toEqual(matrix);
  });
});

it('half a line is told apart from the whole ones, a broken line before them by its number', () => {
  const whole = head + cells[0];
  const read = (text: string): readonly [number, number] => {
    const all = cellsLines(text);
    for (let count = 0; ; count++) {
      const { done, value } = all.next();
      if (done === true) return [count, value];
    }
  };
  expect(read(whole)).toEqual([2, whole.length]);
  expect(read(`${whole}{"event":"ce`)).toEqual([2, whole.length]);
  expect(read(`${whole}\0\0\0`)).toEqual([2, whole.length]);
  expect(read(whole.slice(0, -1))).toEqual([2, whole.length - 1]);
  expect(() => read(`${head}{"event":"ce\n${cells[0]}`)).toThrow('line 2: ');
});
