import { describe, expect, it } from 'vitest';
import {
  percentileName,
  percentileTicks,
  xName,
  yName,
} from '../../../../reports/html/view/axes.js';
import type { TableModel, TableRow } from '../../../../reports/html/view/model.js';
import { compareKeys, matches } from '../../../../reports/html/view/order.js';
import { pairTable } from '../../../../reports/html/view/pair.js';
import { tableHtml } from '../../../../reports/html/view/table.js';

function row(name: string, p99: number | null, status: 'VALID' | 'INVALID' = 'VALID'): TableRow {
  return {
    id: name,
    name,
    verdict: { status, text: status, codes: status === 'VALID' ? [] : ['RATE_MISSED'] },
    cells: [
      { text: name, value: name },
      { text: p99 === null ? '–' : `${p99 / 1_000} ms`, value: p99 },
    ],
  };
}

function tableOf(...rows: TableRow[]): TableModel {
  return {
    caption: 'Figures',
    columns: [
      { title: 'Cell', kind: 'text', hint: '' },
      { title: 'p99', kind: 'number', hint: '99 of 100' },
    ],
    rows,
  };
}

describe('a table of a page', () => {
  it('has heads for columns and rows, a caption, and the key of each figure', () => {
    const html = tableHtml(tableOf(row('tcp', 1_234.5678)));
    expect(html).toContain('<caption>Figures</caption>');
    expect(html).toContain('<th scope="col" class="n" title="99 of 100">p99</th>');
    expect(html).toContain('<th scope="row">tcp</th>');
    expect(html).toContain('<td class="n" data-v="1234.57">');
  });

  it('gives a figure of an INVALID row its mark, and one that is not there none', () => {
    const html = tableHtml(tableOf(row('tcp', 2_000, 'INVALID'), row('udp', null, 'INVALID')));
    expect(html).toContain('>✘ 2 ms</td>');
    expect(html).toContain('<td class="n" data-v="">–</td>');
    expect(html).toContain('<small>RATE_MISSED</small>');
  });

  it('says why a single figure is doubtful', () => {
    const doubtful = row('udp', null);
    const cells = [doubtful.cells[0]!, { text: '–', value: null, doubt: 'half are lost' }];
    const html = tableHtml(tableOf({ ...doubtful, cells }));
    expect(html).toContain('<td class="n" data-v="" title="half are lost">⚠ –</td>');
  });

  it('without a verdict has no column for one', () => {
    const html = tableHtml(tableOf({ ...row('tcp', 1_000), verdict: null }));
    expect(html).not.toContain('Verdict');
  });
});

describe('the order of rows', () => {
  it('is by number where both are, with what is missing last in either direction', () => {
    const keys = ['10', '9', '', '1e3'];
    const sorted = (direction: 'ascending' | 'descending'): string[] =>
      keys.toSorted((a, b) => compareKeys(a, b, direction));
    expect(sorted('ascending')).toEqual(['9', '10', '1e3', '']);
    expect(sorted('descending')).toEqual(['1e3', '10', '9', '']);
  });

  it('is by characters where one is a word', () => {
    expect(['udp', 'tcp', 'ws'].toSorted((a, b) => compareKeys(a, b, 'ascending'))).toEqual([
      'tcp',
      'udp',
      'ws',
    ]);
  });
});

describe('the filter of rows', () => {
  it('leaves rows with every word, in any case and order', () => {
    expect(matches('✔ VALID tcp/msgpack 4.02 ms', 'MSGPACK valid')).toBe(true);
    expect(matches('✔ VALID tcp/msgpack 4.02 ms', 'msgpack udp')).toBe(false);
    expect(matches('anything', '  ')).toBe(true);
  });
});

describe('two rows side by side', () => {
  it('show both figures and the second over the first', () => {
    const table = tableOf(row('tcp', 2_000), row('udp', 3_000, 'INVALID'));
    const pair = pairTable(table, table.rows[0]!, table.rows[1]!);
    expect(pair.caption).toBe('A: VALID tcp. B: INVALID udp.');
    expect(pair.rows).toHaveLength(1);
    expect(pair.rows[0]!.cells.map(({ text }) => text)).toEqual(['p99', '2 ms', '✘ 3 ms', '1.50×']);
  });

  it('have no ratio of what is not there or zero, and no row for what neither has', () => {
    const ratio = (a: number | null, b: number | null): (string | undefined)[] => {
      const table = tableOf(row('a', a), row('b', b));
      const { rows } = pairTable(table, table.rows[0]!, table.rows[1]!);
      return rows.map(({ cells }) => cells[3]!.text);
    };
    expect(ratio(2, null)).toEqual(['–']);
    expect(ratio(0, 2)).toEqual(['–']);
    expect(ratio(null, null)).toEqual([]);
  });
});

describe('the axes of a chart', () => {
  it('name percentiles by 1 ÷ (1 − q), as finely as their digits say something', () => {
    expect([2, 10, 100, 1_000, 10_000].map(percentileName)).toEqual([
      'p50',
      'p90',
      'p99',
      'p99.9',
      'p99.99',
    ]);
    expect(percentileName(4)).toBe('p75');
    expect(percentileName(400)).toBe('p99.75');
  });

  it('have ticks where the axis is, and its ends where it is too short for one', () => {
    expect(percentileTicks(2, 20_000)).toEqual([2, 10, 100, 1_000, 10_000]);
    expect(percentileTicks(110, 900)).toEqual([110, 900]);
  });

  it('name seconds, times and rates in their units', () => {
    expect(xName('seconds', 3)).toBe('3 s');
    expect(yName('us', 2_500)).toBe('2.5 ms');
    expect(yName('per_s', 0)).toBe('0/s');
  });
});
