import { expect, test } from 'vitest';
import type { ThresholdResult } from '../../../../bench/result/result.js';
import type { Style } from '../../../../cli/ui/style.js';
import { renderThresholds } from '../../../../cli/ui/threshold-table.js';
import { renderReport } from '../../../../reports/markdown/report.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeResult } from '../../../support/result/result-factory.js';

const plain: Style = (_format, text) => text;

const late: ThresholdResult = {
  expression: 'p99<5ms',
  cell: 'udp/msgpack/c1000/r100/s40/d5000#1',
  value: 7_200,
  limit: 5_000,
  unit: 'us',
  passed: false,
};
const held: ThresholdResult = {
  ...late,
  cell: 'tcp/msgpack/c1000/r100/s40/d5000#1',
  value: 1_200,
  passed: true,
};

/** The cells of the row in which `text` stands. */
function rowWith(text: string, results: readonly ThresholdResult[]): string[] {
  const line = renderThresholds(results, [], 100, plain)
    .split('\n')
    .find((one) => one.includes(text));
  return (line ?? '').trim().split(/ {2,}/);
}

test('a broken threshold is shown with its cell, its value, its limit and by how much it missed', () => {
  expect(rowWith('udp', [held, late])).toEqual([
    'p99<5ms',
    'udp/msgpack/c1000/r100/s40/d5000#1',
    '7.20 ms',
    '5.00 ms',
    '+2.20 ms (1.44×)',
  ]);
});

test('one that holds is counted, not shown', () => {
  const text = renderThresholds([held, late], [], 100, plain);
  expect(text).toContain('1 of 2 checks broken');
  expect(text).not.toContain('tcp/msgpack');
});

test.each([
  [{ unit: 'ratio', value: 0.002, limit: 0.001 }, ['0.20 %', '0.10 %', '+0.10 % (2.00×)']],
  [{ unit: 'messages', value: 3, limit: 0 }, ['3', '0', '+3']],
  [
    { unit: 'messages/s', value: 80_000, limit: 100_000 },
    ['80,000', '100,000', '−20,000 (0.800×)'],
  ],
  [
    { unit: 'bytes', value: 300 * 1024 ** 2, limit: 200 * 1024 ** 2 },
    ['300 MiB', '200 MiB', '+100 MiB (1.50×)'],
  ],
  [{ unit: 'us', value: 5_000, limit: 5_000 }, ['5.00 ms', '5.00 ms', '+0 µs (1.00×)']],
  [{ unit: 'us', value: 511, limit: 1 }, ['511 µs', '1.00 µs', '+510 µs (511×)']],
  [{ unit: 'us', value: null, limit: 5_000 }, ['–', '5.00 ms', 'cannot be told']],
])('%j is shown in its unit', (figures, columns) => {
  expect(rowWith('udp', [{ ...late, ...figures }]).slice(2)).toEqual(columns);
});

test('when all hold there is one line, and without thresholds there is none', () => {
  expect(renderThresholds([held], [], 100, plain)).toBe('✔ thresholds: the threshold holds\n');
  expect(renderThresholds([held, held], [], 100, plain)).toBe('✔ thresholds: all 2 checks hold\n');
  expect(renderThresholds([], [], 100, plain)).toBe('');
});

test('what holds in an INVALID cell gets no tick: it was measured under no such load', () => {
  const valid = makeCell({}, { id: held.cell });
  const cells = [
    valid,
    makeCell({}, { id: late.cell, verdict: { status: 'INVALID', reasons: [] } }),
  ];
  const inInvalid = { ...held, cell: late.cell };
  expect(renderThresholds([held], cells, 100, plain)).toMatch(/^✔/);
  expect(renderThresholds([held, inInvalid], cells, 100, plain)).toBe(
    '⚠ thresholds: all 2 checks hold, but 1 of them in INVALID cells, where that proves nothing\n',
  );
  expect(renderThresholds([inInvalid], cells, 100, plain)).toBe(
    '⚠ thresholds: the threshold holds, but in INVALID cells, where that proves nothing\n',
  );
});

test('the table stays within the terminal and does not grow without bound', () => {
  for (const width of [60, 80, 300]) {
    const lines = renderThresholds(Array(100).fill(late), [], width, plain).split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(
      Math.min(width, 100),
    );
    expect(lines.length).toBeLessThan(50);
    expect(lines.join('\n')).toContain('… and 60 more');
  }
});

test('a figure of survivors only is shown as none, and the reason once for each cell', () => {
  const cell = makeCell({ transport: 'udp', dropped: 529_000 });
  const broken: ThresholdResult = { ...late, cell: cell.id, value: null };
  const text = renderThresholds([broken], [cell], 300, plain);
  expect(text).toContain('cannot be told');
  expect(text.replaceAll('\n', ' ')).toContain(
    `p99<5ms in ${cell.id}: 52.9 % of its messages never arrived, more than the percentile leaves out`,
  );
});

test('the Markdown report says the same before every figure, and nothing without thresholds', () => {
  const cells = [
    makeCell({}, { id: held.cell }),
    makeCell({}, { id: late.cell, transport: 'udp', codec: 'msgpack' }),
  ];
  const report = (thresholds: ThresholdResult[]): string =>
    renderReport({ ...makeResult(cells), thresholds }).markdown.replaceAll('\u00a0', ' ');
  const broken = report([held, late]);
  expect(broken).toContain('> **✘ 1 of 2 checks broke.**');
  expect(broken).toMatch(
    /\| `p99<5ms` +\| udp\/msgpack\/c1000\/r100\/s40\/d5000#1 +\| +7\.20 ms \| +5\.00 ms \| \+2\.20 ms \(1\.44×\) \|/,
  );
  expect(broken.indexOf('## Thresholds')).toBeLessThan(broken.indexOf('## In short'));
  expect(report([held, { ...held, cell: late.cell }])).toContain('✔ 2 checks of `p99<5ms` held.');
  expect(report([])).not.toContain('Thresholds');
});
