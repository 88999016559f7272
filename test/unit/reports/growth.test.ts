import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compareResults } from '../../../bench/compare/compare.js';
import { firstFault } from '../../../bench/result/check.js';
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { resultSchema } from '../../../bench/result/result.js';
import { renderComparison } from '../../../cli/ui/compare-table.js';
import { renderRun } from '../../../cli/ui/run/table.js';
import type { Style } from '../../../cli/ui/style.js';
import { percentileCurve } from '../../../reports/charts/percentiles.js';
import { renderCsv } from '../../../reports/export/csv.js';
import { renderHgrm } from '../../../reports/export/hgrm.js';
import { renderHlog } from '../../../reports/export/hlog.js';
import { renderComparisonMarkdown } from '../../../reports/markdown/compare.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { table } from '../../../reports/markdown/text.js';
import { makeCell, withLocal } from '../../support/result/cell-factory.js';
import { makeResult } from '../../support/result/result-factory.js';

const plain: Style = (_format, text) => text;

const CELL = makeCell({ clients: 10, rate: 100, seconds: 2 });

/** What may differ between the cells of a large result: one thing grows, all others stay. */
const SHAPES: Readonly<Record<string, (i: number) => Partial<CellResult>>> = {
  'the same again and again': () => ({}),
  'a pair each': (i) => ({ codec: `codec-${i}` }),
  'a load each': (i) => ({ clients: i + 1 }),
  'a window each': (i) => ({ duration_s: i + 1 }),
  'a flush mode each': (i) => ({ server: withLocal(CELL, { flush: `${i}ms` }).server }),
  'a run each': (i) => ({ run: i + 1 }),
  'a run of four pairs each': (i) => ({ codec: `codec-${i % 4}`, run: (i >> 2) + 1 }),
  'a reason each': (i) => ({
    verdict: {
      status: 'SUSPECT',
      reasons: [{ code: `CODE_${i}`, severity: 'SUSPECT', message: `${i}`, hint: `${i}` }],
    },
  }),
};

const WORKS: Readonly<Record<string, (result: LabResult) => unknown>> = {
  'the report': (result) => renderReport(result).markdown,
  'the table of a run': (result) => renderRun(result, 100, plain),
  'the CSV': renderCsv,
  'the histogram log': renderHlog,
  'a comparison': (result) => compared(result, result),
  'a comparison of results that share one cell': (result) => {
    const [first, ...rest] = result.cells;
    const other = rest.map((cell) => ({ ...cell, size_bytes: 1_000_003 }));
    return compared(result, { ...result, cells: [first!, ...other] });
  },
};

function compared(a: LabResult, b: LabResult): string {
  const comparison = compareResults(
    [
      { name: 'a', result: a },
      { name: 'b', result: b },
    ],
    { metrics: ['goodput'] },
  );
  return renderComparisonMarkdown(comparison) + renderComparison(comparison, 100, plain);
}

/**
 * Counts how often a figure of any cell is looked up: the work, whatever the machine does
 * meanwhile.
 */
function lookUps(cells: readonly CellResult[], work: (result: LabResult) => unknown): number {
  let count = 0;
  const watched = cells.map(
    (cell) =>
      new Proxy(cell, {
        get: (target, key) => {
          count += 1;
          return Reflect.get(target, key) as unknown;
        },
      }),
  );
  work({ ...makeResult(cells.slice(0, 1)), cells: watched });
  return count;
}

function cellsOf(count: number, shape: (i: number) => Partial<CellResult>): CellResult[] {
  return Array.from({ length: count }, (_, i) => ({ ...CELL, id: `cell-${i}`, ...shape(i) }));
}

describe.each(Object.entries(WORKS))('%s', (_work, work) => {
  it.each(Object.entries(SHAPES))(
    'takes eight times the work at most for four times the cells: %s',
    (_, shape) => {
      const few = lookUps(cellsOf(40, shape), work);
      expect(few).toBeGreaterThan(0);
      expect(lookUps(cellsOf(160, shape), work)).toBeLessThan(8 * few);
    },
  );
});

describe('time that no look-up shows', () => {
  it('does not go into padding every row to the longest cell of a table', () => {
    const column = { title: 'Name', kind: 'label' as const, cell: (name: string) => name };
    const rows = ['x'.repeat(10_000), ...Array.from({ length: 1_000 }, (_, i) => `row ${i}`)];
    const text = table([column], rows);
    expect(text.length).toBeLessThan(50_000);
    expect(text).toContain('x'.repeat(10_000));
    expect(
      new Set(
        text
          .split('\n')
          .slice(3)
          .map((line) => line.length),
      ).size,
    ).toBe(1);
  });

  it('does not go into the names of files where all cells have one id', () => {
    const result = makeResult(cellsOf(30, () => ({ id: 'same' })));
    expect([...renderHgrm(result).keys()].slice(0, 3)).toEqual([
      'same.hgrm',
      'same-2.hgrm',
      'same-3.hgrm',
    ]);
    expect(renderHgrm(result).size).toBe(30);
  });
});

describe('a damaged result', () => {
  it.each([
    ['a cell', (result: LabResult) => ({ ...result, cells: watched(new Array(50_000).fill({})) })],
    ['a second of a cell', (result: LabResult) => withSeries(result, { second: 'x' })],
    [
      'a number of a list',
      (result: LabResult) => withClients(result, watched(new Array(50_000).fill('x'))),
    ],
  ])('is read up to the first fault and no further: %s', (_, damage) => {
    const damaged = damage(makeResult([CELL]));
    reads = 0;
    expect(firstFault(resultSchema, damaged)).not.toBeNull();
    expect(reads).toBeLessThan(5);
  });

  let reads = 0;

  /** An array that counts which of its items are looked at. */
  function watched<T>(items: T[]): T[] {
    return new Proxy(items, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
  }

  function withSeries(result: LabResult, second: unknown): unknown {
    return { ...result, cells: [{ ...CELL, series: watched(new Array(50_000).fill(second)) }] };
  }

  function withClients(result: LabResult, clients: unknown): unknown {
    const { config } = result;
    return { ...result, config: { ...config, effective: { ...config.effective, clients } } };
  }

  it('does not have its histogram inflated past what one of the lab may hold', () => {
    const { latency_us: latency } = CELL;
    const wrapper = Buffer.from(latency.hdr!, 'base64').subarray(0, 8);
    const bomb = Buffer.concat([wrapper, deflateSync(Buffer.alloc(50_000_000))]).toString('base64');
    expect(bomb.length).toBeLessThan(256 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    const figures = percentileCurve({ ...latency, hdr: null });
    expect(percentileCurve({ ...latency, hdr: bomb })).toEqual(figures);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });
});

describe('more runs than any lab makes', () => {
  it('are shown without an interval, which no bootstrap draws from so many', () => {
    const cells = cellsOf(1_100, (i) => ({ run: i + 1 }));
    expect(renderReport(makeResult(cells)).markdown).toContain('1100/1100');
  });
});
