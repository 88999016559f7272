import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../../bench/result/result.js';
import { percentilesAt } from '../../../../reports/charts/percentiles.js';
import { figuresTable, rowsOf } from '../../../../reports/html/run/figures-table.js';
import { ledgerHtml } from '../../../../reports/html/run/ledger.js';
import { instrumentShare } from '../../../../reports/model/instrument-share.js';
import { makeCell, withStamps } from '../../../support/result/cell-factory.js';
import { makeLatency } from '../../../support/result/latency-factory.js';
import { makeResult } from '../../../support/result/result-factory.js';

/** Of `count` deliveries, of which `stamped` were read with a stamp. */
function cellWith(count: number, stamped: number, receipt: number, instrument: number): CellResult {
  const cell = withStamps(makeCell());
  return {
    ...cell,
    receipt_us: { ...cell.receipt_us, count, mean: receipt },
    instrument_us: { ...cell.instrument_us!, count: stamped, mean: instrument },
  };
}

describe('the share of the instrument', () => {
  it('is its mean over the mean receipt', () => {
    // 250 µs of 1,000 µs waited for the lab’s own client.
    expect(instrumentShare(cellWith(1_000, 1_000, 1_000, 250))).toBe(0.25);
  });

  it('is not known where the two are of different deliveries, or nothing was stamped', () => {
    expect(instrumentShare(cellWith(1_000, 900, 1_000, 250))).toBe(0.25);
    expect(instrumentShare(cellWith(1_000, 899, 1_000, 250))).toBeNull();
    expect(instrumentShare(makeCell())).toBeNull();
  });

  it('stands in the table of a page beside what latencies count to', () => {
    const { columns, rows } = figuresTable(makeResult([cellWith(1_000, 1_000, 1_000, 250)]));
    const of = (title: string): string =>
      rows[0]!.cells[columns.findIndex((column) => column.title === title)]!.text;
    expect(of('instrument share')).toBe('25.0 %');
    const mixed = figuresTable(
      makeResult([withStamps(makeCell()), makeCell({ codec: 'msgpack' })]),
    );
    const at = mixed.columns.findIndex((column) => column.title === 'latency to');
    expect(mixed.rows.map(({ cells }) => cells[at]!.text)).toEqual(['arrival', 'receipt']);
  });
});

describe('a percentile of survivors', () => {
  it('is no figure in the table of a page, and says why', () => {
    const cell = makeCell({ dropped: 500_000 });
    const { columns, rows } = figuresTable(makeResult([cell]));
    const p99 = rows[0]!.cells[columns.findIndex(({ title }) => title === 'max')]!;
    expect(p99.value).not.toBeNull();
    const gone = columns.findIndex(({ title }) => title === 'p99');
    // Without any cell that has it, there is no column; with one, the other says why.
    expect(gone).toBe(-1);
    const both = figuresTable(makeResult([cell, makeCell({ codec: 'msgpack' })]));
    const at = both.columns.findIndex(({ title }) => title === 'p99');
    expect(both.rows[0]!.cells[at]).toMatchObject({ value: null });
    expect(both.rows[0]!.cells[at]!.doubt).toMatch(/^50\.0 % of its messages never arrived/);
    expect(both.rows[1]!.cells[at]!.value).not.toBeNull();
  });
});

describe('the percentiles of a chart', () => {
  const latency = makeLatency(100_000, 900, 0.5, 3);

  it('are those that are printed, at the places of the printed ones', () => {
    const { p50, p90, p99, p999 } = latency;
    expect(percentilesAt(latency, [2, 10, 100, 1_000])).toEqual([p50, p90, p99, p999]);
  });

  it('rise between them, and end where ten samples lie beyond', () => {
    const places = [2, 5, 10, 50, 100, 500, 1_000, 10_000, 20_000];
    const values = percentilesAt(latency, places);
    // 100,000 samples support 1 ÷ (1 − q) up to 10,000.
    expect(values.map((value) => value !== null)).toEqual([...Array(8).fill(true), false]);
    const known = values.filter((value) => value !== null);
    expect(known).toEqual(known.toSorted((a, b) => a - b));
  });

  it('without a histogram are the printed ones alone', () => {
    const bare = { ...latency, hdr: null };
    expect(percentilesAt(bare, [2, 5, 10])).toEqual([latency.p50, null, latency.p90]);
  });
});

describe('the ledger of a page', () => {
  it('has a bar as long as the share, and each cause with its count', () => {
    // 1,000,000 expected, 250,000 dropped by the kernel.
    const result = makeResult([makeCell({ dropped: 250_000 })]);
    const html = ledgerHtml(rowsOf(result), figuresTable(result).rows);
    expect(html).toContain('data-v="0.75">75.0 %');
    expect(html).toContain('<rect class="l0" x="0" y="0" width="165" height="14"/>');
    expect(html).toContain('<rect class="l4" x="0" y="0" width="220" height="14"/>');
    expect(html).toContain('>kernel drops 250,000 (25.0 %)<svg ');
  });

  it('says that nothing is missing where nothing is', () => {
    const result = makeResult([makeCell()]);
    const html = ledgerHtml(rowsOf(result), figuresTable(result).rows);
    expect(html).toContain('data-v="1">100 %');
    expect(html).toContain('<td data-v="0">nothing</td>');
  });
});
