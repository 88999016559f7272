import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCells } from '../../../../bench/result/fold-cells.js';
import { isCellsText } from '../../../../bench/result/read-cells.js';
import type { LabResult } from '../../../../bench/result/result.js';
import { endOf } from '../../../../bench/result/run-fold.js';
import { cellsText, headOf } from '../../../support/result/cells-text.js';
import { makeInterrupted, makeMatrix } from '../../../support/result/result-factory.js';

const linesOf = (result: LabResult, perRound?: number): string[] =>
  cellsText(result, ['loss<1%'], perRound)
    .split(/(?<=\n)/)
    .filter((line) => line !== '');

const matrix = makeMatrix();
const LOST = { code: 'LOST', message: expect.stringContaining('nothing says how') };

describe('the lines of a run', () => {
  it('fold to its result, and tell the thresholds set for it', () => {
    for (const result of [matrix, makeInterrupted()]) {
      const { thresholds, ...folded } = foldCells(linesOf(result).join(''));
      expect(folded.result).toEqual(result);
      expect(folded.later).toBeNull();
      expect(thresholds).toEqual(['loss<1%']);
    }
  });

  it('without an end are a run that was lost, as long as its cells were', () => {
    const { result } = foldCells(linesOf(matrix).slice(0, 3).join(''));
    expect(result).toMatchObject({ incomplete: true, duration_s: 2, ended: LOST });
    expect(result.repeat).toMatchObject({ outcome: 'interrupted', runs: 0 });
    expect(result.cells).toEqual(matrix.cells.slice(0, 2));
  });

  it('without an end but with every cell are a whole run', () => {
    const { result } = foldCells(linesOf(matrix).slice(0, -1).join(''));
    expect(result).toEqual({ ...matrix, duration_s: matrix.cells.length });
  });

  it('count the rounds that every cell had', () => {
    const { result } = foldCells(linesOf(matrix, 2).slice(0, 4).join(''));
    expect(result.repeat.runs).toBe(1);
  });

  it('cut off at any byte lose at most the line that was cut', () => {
    const lines = linesOf(matrix);
    const text = lines.join('');
    const first = lines[0]!.length;
    fc.assert(
      fc.property(fc.integer({ min: first, max: text.length }), (at) => {
        const whole = text.slice(0, at).split('\n').length - 1;
        const { result } = foldCells(text.slice(0, at));
        const cells = result.cells.length;
        expect(cells).toBeGreaterThanOrEqual(Math.min(whole - 1, matrix.cells.length));
        expect(result.cells).toEqual(matrix.cells.slice(0, cells));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['nothing', '', 'it has no whole line'],
    ['half a line', linesOf(matrix)[0]!.slice(0, -9), 'it has no whole line'],
    ['no beginning', linesOf(matrix)[1]!, 'line 1 is before the beginning'],
    ['two beginnings', linesOf(matrix)[0]!.repeat(2), 'line 2 begins another run'],
    [
      'more after the end',
      linesOf(matrix).join('') + linesOf(matrix)[1]!,
      'line 7 is after the end',
    ],
    ['a blank line in the middle', `${linesOf(matrix)[0]}\n${linesOf(matrix)[1]}`, 'line 2: '],
    ['a line of a newer lab', `${linesOf(matrix)[0]}{"event":"resumed"}\n`, 'line 2: event: '],
    [
      'a ceiling of no cell',
      `${linesOf(matrix)[0]}{"event":"ceiling","elapsed_s":1,"data":{}}\n`,
      'line 2 is',
    ],
    [
      'no cell in a cell',
      `${linesOf(matrix)[0]}{"event":"cell","elapsed_s":1,"data":7}\n`,
      'line 2: data: ',
    ],
  ])('with %s are refused', (_, text, message) => {
    expect(() => foldCells(text)).toThrow(message);
  });

  it('are told apart from a result', () => {
    expect(isCellsText(linesOf(matrix).join(''))).toBe(true);
    expect(isCellsText(JSON.stringify(matrix))).toBe(false);
    expect(isCellsText(JSON.stringify(matrix, null, 2))).toBe(false);
    expect(isCellsText('')).toBe(false);
  });
});

it('a run left to find its own end is whole only by saying so', () => {
  const head = headOf(matrix);
  const { effective } = head.config;
  const auto = { ...effective, repeat: null, ci_metric: 'p99', ci_target: 0.05, max_repeat: 20 };
  const why = { code: 'QUIT', message: 'quit' };
  const end = endOf({ ...head, config: { ...head.config, effective: auto } }, matrix.cells, 9, why);
  expect(end).toMatchObject({
    ended: why,
    repeat: { mode: 'auto', runs: 1, metric: 'p99', target: 0.05, outcome: 'interrupted' },
  });
});
