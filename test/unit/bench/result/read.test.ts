import { describe, expect, it } from 'vitest';
import { upgradeResult } from '../../../../bench/result/read.js';
import { resultSchema } from '../../../../bench/result/result.js';
import { readProject } from '../../../support/docs/docs.js';
import { makeMatrix } from '../../../support/result/result-factory.js';

/** As lab 0.1.0 wrote it. */
const older = (): Record<string, never> =>
  JSON.parse(readProject('test/fixtures/lab-0.1.0-result.json'));

describe('a result of lab 0.1.0', () => {
  it('is no valid result of this lab as it stands, and is one once it is read', () => {
    expect(resultSchema.safeParse(older()).success).toBe(false);
    expect(resultSchema.safeParse(upgradeResult(older())).error).toBeUndefined();
  });

  it('keeps every member that it has', () => {
    expect(upgradeResult(older())).toMatchObject(older());
  });

  it('claims no figure that was not measured', () => {
    const { cells, thresholds } = resultSchema.parse(upgradeResult(older()));
    expect(thresholds).toEqual([]);
    for (const cell of cells) {
      expect(cell.service_us).toMatchObject({
        count: 0,
        p50: null,
        p99: null,
        max: null,
        hdr: null,
      });
      expect([cell.completion_us, cell.staleness_us, cell.jitter_us, cell.complete]).toEqual([
        null,
        null,
        null,
        null,
      ]);
      expect(cell.kernel.tcp_retransmitted_segments).toBeNull();
      expect(cell.ceiling).toMatchObject({ available: false, ratio: null });
      expect(cell.verified).toBeNull();
      expect(cell.reordering).toMatchObject({ extent_max: null, n_reordered: { n1: null } });
    }
  });

  it('ran each cell as often as it was asked to, unless it was interrupted', () => {
    const whole = resultSchema.parse(upgradeResult(older()));
    expect(whole.repeat).toEqual({
      mode: 'fixed',
      runs: 1,
      metric: null,
      target: null,
      outcome: 'fixed',
    });
    const cut = JSON.parse(JSON.stringify(older()));
    cut.cells = cut.cells.slice(0, 2);
    expect(resultSchema.parse(upgradeResult(cut)).repeat).toMatchObject({
      runs: 0,
      outcome: 'interrupted',
    });
  });
});

describe('a result of this lab', () => {
  it('is left as it is', () => {
    const result = makeMatrix();
    expect(upgradeResult(result)).toBe(result);
  });

  it('of an earlier lab, with 0 for what nobody knew, is read as not known', () => {
    const result = makeMatrix();
    const [dead, whole] = result.cells;
    const unknown = { messages_per_s: 0, bytes_per_s: 0 };
    const rss = { ...dead!.rss_bytes, server: 0, clients: 0 };
    const cell = { ...dead!, server: null, clients_use: null, rss_bytes: rss, goodput: unknown };
    const { cells } = resultSchema.parse(upgradeResult({ ...result, cells: [cell, whole] }));
    expect(cells[0]?.rss_bytes).toMatchObject({ server: null, clients: null });
    expect(cells[0]?.goodput).toEqual({ messages_per_s: null, bytes_per_s: null });
    // Nothing delivered by processes that were there is nothing, and no memory is none that they
    // have.
    const idle = { ...whole!, goodput: unknown };
    expect(upgradeResult({ ...result, cells: [idle] })).toMatchObject({
      cells: [{ goodput: unknown }],
    });
  });

  it('that lacks a member is not mended', () => {
    const damaged = JSON.parse(JSON.stringify(makeMatrix()));
    delete damaged.cells[1].kernel;
    expect(resultSchema.safeParse(upgradeResult(damaged)).error?.issues[0]?.path).toEqual([
      'cells',
      1,
      'kernel',
    ]);
  });
});

it.each([
  null,
  1,
  'text',
  [],
  {},
  { cells: 1 },
  { cells: [null, 1] },
  { config: { effective: 3 }, cells: [{}] },
])('what is no result, %j, is refused by the schema and nothing else happens', (document) => {
  expect(resultSchema.safeParse(upgradeResult(document)).success).toBe(false);
});
