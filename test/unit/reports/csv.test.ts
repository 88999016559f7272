import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { cellResult } from '../../../bench/figures/cell-result.js';
import { renderCsv } from '../../../reports/export/csv.js';
import { makeCell } from '../../support/result/cell-factory.js';
import { cellRecord, facts } from '../../support/result/cell-record.js';
import { makeLatency } from '../../support/result/latency-factory.js';
import { makeMatrix, makeResult } from '../../support/result/result-factory.js';

const rowsOf = (csv: string): Record<string, string>[] => parse(csv, { columns: true });

test('there is one row per cell and run, in the order of the result', () => {
  const cells = [1, 2].flatMap((run) =>
    ['tcp', 'udp'].map((transport) => makeCell({ transport, run, seconds: 1 })),
  );
  const rows = rowsOf(renderCsv(makeResult(cells)));
  expect(rows.map(({ transport, run }) => `${transport} ${run}`)).toEqual([
    'tcp 1',
    'udp 1',
    'tcp 2',
    'udp 2',
  ]);
});

test('a field with a comma, a quote or a line break survives a trip through a CSV reader', () => {
  const flush = 'every "1 ms",\r\nor sooner';
  const csv = renderCsv(makeResult([makeCell({ flush })]));
  expect(csv).toContain('"every ""1 ms"",\r\nor sooner"');
  expect(rowsOf(csv)[0]!.flush).toBe(flush);
});

test('lines end in CRLF, a missing figure is an empty field, and figures are exact', () => {
  const cell = makeCell({ seconds: 1 }, { latency_us: makeLatency(50, 900), reach: 0.1 + 0.2 });
  const csv = renderCsv(makeResult([cell]));
  expect(csv.endsWith('\r\n')).toBe(true);
  expect(csv.split('\r\n')).toHaveLength(3);
  expect(rowsOf(csv)[0]).toMatchObject({ latency_p99_us: '', reach: '0.30000000000000004' });
});

test('a cell whose worker died has empty fields for what nobody counted, and no 0', () => {
  const failure = { code: 'LAB_ERR_WORKER_DIED', message: 'killed', hint: 'why?' } as const;
  const nobody = { failure, servers: [], subscribers: [] };
  const [row] = rowsOf(
    renderCsv(makeResult([cellResult(cellRecord(nobody), facts({ reliable: false }))])),
  );
  const known = Object.entries(row!).filter(
    ([name, field]) => field !== '' && !name.startsWith('ping_'),
  );
  const zeros = known.filter(([, field]) => Number(field) === 0).map(([name]) => name);
  expect(zeros).toEqual([
    // Values in a histogram, of which there is none.
    ...['latency_count', 'latency_negative', 'latency_overflow'],
  ]);
  expect(known.map(([name]) => name)).toEqual(
    expect.arrayContaining(['id', 'transport', 'verdict', 'joined']),
  );
});

test('a result without cells is a header alone', () => {
  expect(renderCsv(makeResult([])).split('\r\n')).toHaveLength(2);
});

test('the columns, their order and what they hold stay as committed: new ones go to the end', async () => {
  await expect(renderCsv(makeMatrix())).toMatchFileSnapshot('../../fixtures/result-matrix.csv');
});

test('the columns of lab 0.1.0 come first, in its order', () => {
  const [header = ''] = renderCsv(makeResult([])).split('\r\n');
  const columns = header.split(',');
  expect(new Set(columns).size).toBe(columns.length);
  expect(columns.indexOf('feed_sha256')).toBe(63);
  expect([columns[0], columns[18], columns[35], columns[58]]).toEqual([
    'id',
    'lost',
    'latency_max_us',
    'ledger_balanced',
  ]);
});

test('a cell without completion, staleness or jitter has empty fields for them, and keeps its columns', () => {
  const cell = makeCell(
    {},
    { completion_us: null, staleness_us: null, jitter_us: null, position_us: null },
  );
  const [row] = rowsOf(renderCsv(makeResult([cell])));
  expect(row).toMatchObject({
    completion_p99_us: '',
    staleness_p99_us: '',
    jitter_max_us: '',
    position_last_tenth_us: '',
    service_p99_us: String(cell.service_us.p99),
    ledger_subscribers_unbalanced: '0',
  });
});
