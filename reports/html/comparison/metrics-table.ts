/** The table of a comparison: a row for each metric of each cell. */
import type {
  Candidate,
  CompareVerdict,
  Comparison,
  MetricComparison,
} from '../../../bench/compare/comparison.js';
import { identityName, loadName } from '../../model/cells.js';
import {
  comparedCells,
  formatMetric,
  formatNeeded,
  formatP,
  formatShift,
  formatShiftInterval,
  metricTitle,
} from '../../text/compare-format.js';
import type { TableCell, TableModel } from '../view/model.js';

const MARKS: Readonly<Record<CompareVerdict, string>> = {
  better: '▲ better',
  worse: '▼ worse',
  equivalent: '= equivalent',
  inconclusive: '? inconclusive',
};

/** A metric of a cell of a candidate, and what it is called on the page. */
export interface ComparedMetric {
  readonly id: string;
  readonly candidate: Candidate;
  /** `⚠ tcp/msgpack`, with its load where the comparison has several. */
  readonly cell: string;
  /** The same with its load, and how many runs or sessions each side has. */
  readonly wholeName: string;
  readonly metric: MetricComparison;
}

/** In the order of the comparison. */
export function comparedMetrics(comparison: Comparison): ComparedMetric[] {
  const compared = comparison.candidates.flatMap((candidate) =>
    comparedCells(comparison, candidate).map(({ title, cell }) => ({ candidate, title, cell })),
  );
  const several = new Set(compared.map(({ cell }) => loadName(cell))).size > 1;
  return compared
    .flatMap(({ candidate, title, cell }) => {
      const mark = title.startsWith('⚠ ') ? '⚠ ' : '';
      const load = several ? `, ${loadName(cell)}` : '';
      const name = `${mark}${identityName(cell)}${load}`;
      return cell.metrics.map((metric) => ({ candidate, cell: name, wholeName: title, metric }));
    })
    .map((one, i) => ({ id: `m${i}`, ...one }));
}

export function metricsTable(
  { reference, alpha, sample, candidates }: Comparison,
  rows: readonly ComparedMetric[],
): TableModel {
  const several = candidates.length > 1;
  const other = several ? 'compared' : (candidates[0]?.side.label ?? 'B');
  const number = (title: string, hint: string) => ({ title, kind: 'number' as const, hint });
  const text = (title: string) => ({ title, kind: 'text' as const, hint: '' });
  return {
    caption: `Each metric of each cell, as seen from ${reference.label}.`,
    columns: [
      text('Metric'),
      text('Verdict'),
      text('Cell'),
      ...(several ? [text('Side')] : []),
      number(reference.label, `Median over the ${sample}s of the reference`),
      number(other, `Median over the ${sample}s of what is compared with it`),
      number('Shift', 'Hodges–Lehmann estimate of the difference'),
      number('p', `Mann–Whitney, after Holm’s correction; below ${alpha} it is not by chance`),
      number(`${sample}s needed`, 'How many on each side would likely settle it'),
    ],
    rows: rows.map(({ id, candidate, cell, wholeName, metric }) => ({
      id,
      name: `${metricTitle(metric)}, ${cell}`,
      verdict: null,
      cells: [
        plain(metricTitle(metric)),
        verdictCell(metric),
        { ...plain(cell), detail: wholeName.slice(wholeName.indexOf(' · ') + 3) },
        ...(several ? [plain(candidate.side.label)] : []),
        figure(formatMetric(metric, metric.reference.median), metric.reference.median),
        figure(formatMetric(metric, metric.candidate.median), metric.candidate.median),
        {
          ...figure(formatShift(metric), relativeShift(metric)),
          ...(metric.shift_ci === null ? {} : { detail: formatShiftInterval(metric) }),
        },
        figure(formatP(metric.p_adjusted, alpha), metric.p_adjusted),
        figure(formatNeeded(metric), metric.needed),
      ],
    })),
  };
}

/** Bad news first when sorted. */
function verdictCell({ verdict, reason }: MetricComparison): TableCell {
  const order: readonly CompareVerdict[] = ['worse', 'inconclusive', 'equivalent', 'better'];
  return {
    text: MARKS[verdict],
    value: order.indexOf(verdict),
    ...(reason === null ? {} : { detail: reason }),
    ...(verdict === 'better' || verdict === 'worse' ? { tone: verdict } : {}),
  };
}

function relativeShift({ shift, reference: { median } }: MetricComparison): number | null {
  return shift === null || median === null || median === 0 ? shift : shift / Math.abs(median);
}

function plain(text: string): TableCell {
  return { text, value: text };
}

function figure(text: string, value: number | null): TableCell {
  return { text, value };
}
