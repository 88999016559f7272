import { describe, expect, it } from 'vitest';
import { migrate } from '../../../../bench/result/migrations/migrate.js';
import { type LabResult, resultSchema } from '../../../../bench/result/result.js';
import { readProject } from '../../../support/docs/docs.js';

/** Of a lab that knew no links. */
const form3 = (): Record<string, unknown> & { readonly cells: LabResult['cells'] } =>
  JSON.parse(readProject('test/fixtures/form-3-result.json'));

describe('a result of form 3', () => {
  it('has no links, and calls what was lost on the way by its name now', () => {
    expect(resultSchema.safeParse(form3()).success).toBe(false);
    const [first, ...others] = form3().cells;
    const ledger: Record<string, unknown> = { ...first!.ledger, network: 7 };
    const result = resultSchema.parse(
      migrate({ ...form3(), cells: [{ ...first, ledger }, ...others] }),
    );
    expect(result.links).toEqual([]);
    expect(result.config.effective.server).toMatchObject({ links: ['none'] });
    expect(result.cells[0]?.ledger).toMatchObject({ network_lost: 7 });
    for (const cell of result.cells) expect(cell).toMatchObject({ link: null, link_counts: null });
  });

  it('has null where a figure was measured by another definition', () => {
    const before = form3().cells;
    expect(before[0]?.staleness_us).not.toBeNull();
    const { cells } = resultSchema.parse(migrate(form3()));
    for (const [i, cell] of cells.entries()) {
      const { network_lost: _, ...ledger } = cell.ledger;
      expect({ ...cell, ledger }).toMatchObject({
        ...JSON.parse(JSON.stringify(before[i])),
        ...{ staleness_us: null, staleness_excess_us: null, ledger, rss_bytes: cell.rss_bytes },
      });
      expect(cell.rss_bytes.server_per_client).toBeNull();
    }
  });
});
