/** What each threshold came to, cell by cell; the broken ones first. */
import type { LabResult, ThresholdResult } from '../../../bench/result/result.js';
import { MISSING } from '../../format.js';
import { groupBy } from '../../model/cells.js';
import type { TableModel } from '../view/model.js';
import { tableHtml } from '../view/table.js';

/** Empty without a threshold. */
export function thresholdsHtml({ thresholds }: LabResult): string {
  if (thresholds.length === 0) return '';
  return `<div class="scroll" tabindex="0" role="region" aria-label="Thresholds">${tableHtml(thresholdsTable(thresholds))}</div>`;
}

export function thresholdsTable(thresholds: readonly ThresholdResult[]): TableModel {
  const groups = groupBy(thresholds, ({ passed }) => (passed ? 'passed' : 'broken'));
  const sorted = [...(groups.get('broken') ?? []), ...(groups.get('passed') ?? [])];
  return {
    caption: 'A figure that cannot be told breaks its threshold.',
    columns: [
      { title: 'Cell', kind: 'text', hint: '' },
      { title: 'Threshold', kind: 'text', hint: '' },
      { title: 'Outcome', kind: 'text', hint: '' },
      { title: 'Figure', kind: 'number', hint: 'In the unit of the limit' },
      { title: 'Limit', kind: 'number', hint: '' },
      { title: 'Unit', kind: 'text', hint: '' },
    ],
    rows: sorted.map(({ expression, cell, value, limit, unit, passed }, i) => ({
      id: `t${i}`,
      name: `${expression}, ${cell}`,
      verdict: null,
      cells: [
        { text: cell, value: cell },
        { text: expression, value: expression },
        {
          text: passed ? '✔ passed' : '✘ broken',
          value: passed ? 1 : 0,
          tone: passed ? 'better' : 'worse',
        },
        { text: value === null ? MISSING : plain(value), value },
        { text: plain(limit), value: limit },
        { text: unit, value: unit },
      ],
    })),
  };
}

/** Six digits: beside a limit a figure is not to be rounded to it. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}
