import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../../bench/result/result.js';
import { renderRun } from '../../../cli/ui/run/table.js';
import { renderCsv } from '../../../reports/export/csv.js';
import { renderReport } from '../../../reports/markdown/report.js';
import { latencySentences } from '../../../reports/text/latency-notes.js';
import { summarize } from '../../../reports/text/summary.js';
import { makeCell, withStamps } from '../../support/result/cell-factory.js';
import { makeResult } from '../../support/result/result-factory.js';

const received = makeCell({ transport: 'ws' });
const arrived = withStamps(makeCell({ transport: 'tcp' }), 250);
const plain = (_color: unknown, text: string): string => text;
const table = (cells: readonly CellResult[]): string =>
  renderRun(makeResult(cells), 100, plain).replaceAll(/\s+/g, ' ');

describe('what latencies count to', () => {
  it('is said under the table and in the report, for every cell at once where they are alike', () => {
    for (const [cell, words] of [
      [received, 'Latencies count to the receipt by the lab’s own client'],
      [arrived, 'Latencies count to the arrival in the kernel of the client'],
    ] as const) {
      expect(table([cell])).toContain(words);
      expect(renderReport(makeResult([cell])).markdown).toContain(words);
    }
  });

  it('is said by name where it differs, and then nobody is ranked by it', () => {
    expect(latencySentences({ cells: [arrived, received] })).toEqual([
      expect.stringMatching(
        /^Latencies of tcp\/line-json count to the arrival.*; those of ws\/line-json count to the receipt.* not compared\.$/,
      ),
    ]);
    const { headline, trust } = summarize(makeResult([arrived, received]));
    expect(headline).toContain('p99 latency to the arrival in some and to the receipt in others');
    expect(trust.filter((note) => note.includes('not ranked by p99 latency'))).toEqual([
      expect.stringContaining('counts to the arrival, that of another to the receipt'),
      expect.stringContaining('counts to the receipt, that of another to the arrival'),
    ]);
  });

  it('of a run that delivered nothing is nothing', () => {
    expect(latencySentences({ cells: [{ ...received, delivered: 0 }] })).toEqual([]);
    expect(latencySentences({ cells: [] })).toEqual([]);
  });

  it('says how many deliveries have no stamp, unless no percentile knows of them', () => {
    const unstamped = (count: number): readonly string[] =>
      latencySentences({ cells: [arrived, withStamps(makeCell(), 250, count)] }).slice(1);
    expect(unstamped(999)).toEqual([]);
    expect(unstamped(40_000)).toEqual([
      expect.stringContaining('Up to 4.00 % of the deliveries of tcp/line-json'),
    ]);
  });

  it('says how many deliveries nobody can date', () => {
    const cell = { ...arrived, undated: (arrived.delivered ?? 0) / 50 };
    expect(latencySentences({ cells: [cell] }).slice(1)).toEqual([
      expect.stringMatching(
        /^Up to 2\.00 % of the deliveries of tcp\/line-json waited in a TCP socket/,
      ),
    ]);
  });

  it('is in the title of the chart, or at each line where it differs', () => {
    const chart = (cells: readonly CellResult[]): string =>
      renderReport(makeResult(cells)).files.get('latency.svg')!;
    expect(chart([arrived])).toContain('Latency to the arrival by percentile');
    expect(chart([received])).toContain('Latency to the receipt by percentile');
    const mixed = chart([arrived, received]);
    expect(mixed).toContain('>Latency by percentile');
    expect(mixed).toMatch(/p99 [^<]* to the arrival</);
    expect(mixed).toMatch(/p99 [^<]* to the receipt</);
  });

  it('stands in a row of the CSV with all three distributions, empty where there are none', () => {
    const [head, ...rows] = renderCsv(makeResult([arrived, received]))
      .trimEnd()
      .split('\r\n')
      .map((row) => row.split(','));
    const [stamped, plainRow] = rows.map((row) => (name: string) => row[head!.indexOf(name)]);
    expect(stamped!('latency_at')).toBe('arrival');
    expect(stamped!('arrival_p99_us')).toBe(stamped!('latency_p99_us'));
    expect(stamped!('receipt_p50_us')).toBe(String(arrived.receipt_us.p50));
    expect(stamped!('instrument_max_us')).toBe(String(arrived.instrument_us!.max));
    expect(stamped!('stage_instrument_us')).toBe('250');
    const none = ['unstamped', 'arrival_p50_us', 'instrument_p50_us', 'stage_instrument_us'];
    expect(['latency_at', ...none].map((name) => plainRow!(name))).toEqual([
      'receipt',
      '',
      '',
      '',
      '',
    ]);
    expect(plainRow!('receipt_p99_us')).toBe(plainRow!('latency_p99_us'));
  });
});

describe('the instrument', () => {
  it('has a column where it is known, and the report a table with all three', () => {
    expect(table([arrived])).toContain('instru-');
    expect(table([received])).not.toContain('instru-');
    const { markdown } = renderReport(makeResult([arrived, received]));
    expect(markdown).toMatch(
      /Arrival p50 \/ p99 \/ max \| +Receipt p50 \/ p99 \/ max \| +Instrument/,
    );
  });
});
