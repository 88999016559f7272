/** Whether the thresholds of a run held, and which broke: a gate's answer comes before figures. */
import type { LabResult, ThresholdResult } from '../../bench/result/result.js';
import { plural } from '../model/cells.js';
import { amount, distance, reasons, reservation } from '../model/threshold-words.js';
import { bullets, type Column, codeSpan, escapeMarkdown, section, table } from './text.js';

/** More rows than this are in the result only. */
const MAX_ROWS = 40;

const COLUMNS: readonly Column<ThresholdResult>[] = [
  { title: 'broken', kind: 'label', cell: ({ expression }) => codeSpan(expression) },
  { title: 'cell', kind: 'label', cell: ({ cell }) => escapeMarkdown(cell) },
  { title: 'value', kind: 'number', cell: (result) => amount(result, result.value) },
  { title: 'limit', kind: 'number', cell: (result) => amount(result, result.limit) },
  { title: 'off by', kind: 'number', cell: distance },
];

/** Empty without thresholds. */
export function thresholdsSection({ thresholds, cells }: LabResult): string {
  if (thresholds.length === 0) return '';
  const broken = thresholds.filter(({ passed }) => !passed);
  if (broken.length === 0) {
    const asked = [...new Set(thresholds.map(({ expression }) => expression))].map(codeSpan);
    const but = reservation(thresholds, cells);
    const held = `${plural(thresholds.length, 'check')} of ${asked.join(', ')} held`;
    return section('Thresholds', but === '' ? `✔ ${held}.` : `⚠ ${held}, ${but}.`);
  }
  const rows = broken.slice(0, MAX_ROWS);
  const left = broken.length - rows.length;
  return section(
    'Thresholds',
    `> [!CAUTION]\n> **✘ ${broken.length} of ${plural(thresholds.length, 'check')} broke.**`,
    table(COLUMNS, rows),
    left > 0 ? `… and ${left} more, all of them in the result.` : '',
    bullets(reasons(rows, cells).map(escapeMarkdown)),
  );
}
