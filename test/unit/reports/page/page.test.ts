import { describe, expect, it } from 'vitest';
import type { CellResult, LabResult } from '../../../../bench/result/result.js';
import { differingTable } from '../../../../reports/markdown/details/shared.js';
import { renderReport } from '../../../../reports/markdown/report.js';
import type { Column } from '../../../../reports/markdown/text.js';
import { makeCell, withLocal } from '../../../support/result/cell-factory.js';
import { makeMatrix, makeResult } from '../../../support/result/result-factory.js';

/** What is seen before anything is opened. */
function pageOf(result: LabResult): string {
  const { markdown } = renderReport(result);
  return markdown.replaceAll(/<details>.*?<\/details>/gs, '').replaceAll('\u00a0', ' ');
}

function rowsOf(page: string): string[] {
  return page.split('\n').filter((line) => /^\| [^-P]/.test(line));
}

const MISSED = { code: 'RATE_MISSED', severity: 'INVALID' as const, message: 'm', hint: 'h' };

/** Two pairs over ten rates: tcp holds four of them, udp seven. */
function sweep(): LabResult {
  const cells = [4, 7].flatMap((held, pair) =>
    Array.from({ length: 10 }, (_, i): CellResult => {
      const plan = { transport: pair === 0 ? 'tcp' : 'udp', clients: 100, rate: (i + 1) * 1_000 };
      return makeCell({ ...plan, ...(i < held ? {} : { reasons: [MISSED] }) });
    }),
  );
  return makeResult(cells);
}

describe('the page of a report', () => {
  it('is the answer, one chart, a row for each pair, and the command', () => {
    const page = pageOf(makeMatrix());
    expect(page).toMatch(/^> \*\*CANNOT RANK\*\* .*\\\n> \*\*RUN\*\* /m);
    expect(page.match(/^!\[/gm)).toHaveLength(1);
    expect(rowsOf(page)).toHaveLength(makeMatrix().cells.length);
    expect(page).toContain('| Latency p99 |');
    expect(page.trimEnd().endsWith('```')).toBe(true);
    expect(page.split('\n').length).toBeLessThan(50);
  });

  it('of a sweep has for each pair what it held and where it broke, and no row more', () => {
    const result = sweep();
    const page = pageOf(result);
    const rows = rowsOf(page);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(
      /tcp\/line-json +\| 100 clients × 4,000 msg\/s .*\| 100 clients × 5,000/,
    );
    expect(rows[1]).toMatch(
      /udp\/line-json +\| 100 clients × 7,000 msg\/s .*\| 100 clients × 8,000/,
    );
    expect(page.split('\n').length).toBeLessThan(50);
    // Everything else is still there, for whoever opens it.
    expect(renderReport(result).markdown).toContain('## Where every message went');
  });

  it('never shows a pair without its verdict, and says what the cells without one lack', () => {
    const page = pageOf(sweep());
    expect(page).toContain('✔ 11 VALID, ⚠ 0 SUSPECT, ✘ 9 INVALID: `RATE_MISSED` in 9.');
    const [first] = makeMatrix().cells;
    const lost = { ...first!, verdict: { status: 'INVALID' as const, reasons: [MISSED] } };
    expect(rowsOf(pageOf(makeResult([lost])))[0]).toContain('✘ INVALID');
  });

  it('leaves a cost out that is known of no pair, and says so', () => {
    const cell = withLocal(makeCell(), {});
    const unknown = { ...cell, cpu_us_per_delivery: { server: null, clients: null } };
    const page = pageOf(makeResult([unknown]));
    expect(page).not.toContain('| Cores');
    expect(page).toMatch(/Not known of any: Cores and GiB/);
  });
});

describe('a table of many cells', () => {
  const columns: readonly [Column<number>, ...Column<number>[]] = [
    { title: 'Cell', kind: 'label', cell: (n) => `cell ${n}` },
    { title: 'Late', kind: 'number', cell: () => '0' },
    { title: 'TCP sent', kind: 'number', cell: (n) => String(n) },
    { title: 'Network', kind: 'number', cell: () => '–' },
  ];

  it('has the columns in which the cells differ, and says the others in a sentence', () => {
    const text = differingTable(columns, [1, 2]);
    expect(text).toMatch(/^\| Cell +\| TCP sent \|/);
    expect(text).toContain('The same in every cell: late 0.');
    expect(text).toContain('Not known of any cell: network.');
  });

  it('is a sentence where they differ in nothing', () => {
    const [name, late] = columns;
    expect(differingTable([name, late!], [1, 2])).toBe('The same in every cell: late 0.');
  });

  it('of one cell stays as it is', () => {
    expect(differingTable(columns, [1])).toMatch(/^\| Cell +\| Late \| TCP sent \| Network \|/);
  });
});
