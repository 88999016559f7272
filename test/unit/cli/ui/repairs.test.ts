/** What tables and reports say of repair. */
import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../../bench/result/result.js';
import { repairsTable } from '../../../../cli/ui/run/repairs.js';
import type { Style } from '../../../../cli/ui/style.js';
import { renderCsv } from '../../../../reports/export/csv.js';
import { repairsSection } from '../../../../reports/markdown/network/repairs.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeResult } from '../../../support/result/result-factory.js';

const plain: Style = (_format, text) => text;
const REPAIRS: NonNullable<CellResult['repairs']> = {
  ...{ naks: 40, naks_received: 39, sent: 50, sent_bytes: 40_000, overhead: 0.021 },
  ...{ repaired: 1_234, late: 17, superseded: 71, spurious: 3, futile: 5, gone: 6, withheld: 7 },
  repair_us: { p50: 21_300, p99: 64_000, max: 99_000 },
  redundancy: null,
};
const repaired: CellResult = { ...makeCell({ transport: 'udp' }), repairs: REPAIRS };

describe('repair', () => {
  it('has a table in the report, with a row for each cell that has repair', () => {
    const text = repairsSection(makeResult([repaired, makeCell()]));
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(3);
    const cells = rows[2]!.split('|').map((cell) => cell.replaceAll('\u00a0', ' ').trim());
    expect(cells.slice(2, -1)).toEqual([
      ...['1,234', '21.3 ms', '64.0 ms', '17', '71'],
      ...['3', '–', '–', '5', '6', '7', '39.1 KiB', '2.10 %'],
    ]);
  });

  it('has a table on a terminal', () => {
    const text = repairsTable(makeResult([repaired, makeCell()]), 120, plain, '--json');
    expect(text.split('\n')).toHaveLength(4);
    expect(text.replaceAll(/ +/g, ' ')).toContain('1,234 21.3 ms 64.0 ms 17 71 3 – 5 2.10 %');
  });

  it('of several runs of a cell is one row: sums of the counts, medians of the rest', () => {
    const runs = [1, 2, 3].map((run) => ({
      ...makeCell({ transport: 'udp', run }),
      repairs: { ...REPAIRS, repaired: run, repair_us: { p50: run * 1_000, p99: null, max: null } },
    }));
    const text = repairsTable(makeResult(runs), 120, plain, '--json');
    expect(text.split('\n').filter((line) => line.includes('udp'))).toHaveLength(1);
    expect(text.replaceAll(/ +/g, ' ')).toContain('udp/line-json 6 2.00 ms – 51 213 9 – 15 2.10 %');
  });

  it('is not spoken of where there is none', () => {
    const result = makeResult([makeCell()]);
    expect([repairsSection(result), repairsTable(result, 120, plain, '--json')]).toEqual(['', '']);
  });

  it('shows what an earlier lab did not tell apart as not known', () => {
    const earlier = { ...repaired, repairs: { ...REPAIRS, late: null, superseded: null } };
    expect(repairsTable(makeResult([earlier]), 120, plain, '--json')).toMatch(/64\.0 ms +– +– +3/);
  });

  it('that is redundancy shows how much of that came, and was used', () => {
    const redundancy = { received: 2_000, used: 41, unused: 1_950, superseded: 8 };
    const fec = { ...repaired, repairs: { ...REPAIRS, redundancy } };
    const text = repairsTable(makeResult([fec]), 120, plain, '--json');
    expect(text.replaceAll(/ +/g, ' ')).toContain(' 3 41 5 2.10 %');
    expect(repairsSection(makeResult([fec]))).toMatch(/\| +2,000 \| +41 \| +5 \|/);
    const [head, row] = renderCsv(makeResult([fec]))
      .split('\r\n')
      .map((line) => line.split(','));
    const names = ['received', 'used', 'unused', 'superseded'];
    const values = names.map((name) => row?.[head!.indexOf(`repair_redundancy_${name}`)]);
    expect(values).toEqual(['2000', '41', '1950', '8']);
  });

  it('has its columns in the CSV', () => {
    const [head, row] = renderCsv(makeResult([repaired]))
      .split('\r\n')
      .map((line) => line.split(','));
    const value = (name: string): string | undefined => row?.[head!.indexOf(name)];
    expect(['repairs_late', 'repairs_superseded', 'repaired'].map(value)).toEqual([
      '17',
      '71',
      '1234',
    ]);
  });
});
