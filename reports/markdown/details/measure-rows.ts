/** The rows of the tables of measures: what each is, and of which cells. Pure. */
import type { CellResult, Distribution, LabResult } from '../../../bench/result/result.js';
import {
  formatCount,
  formatInteger,
  formatMicros,
  formatPercent,
  formatRatio,
  MISSING,
} from '../../format.js';
import { type CellRuns, largestOf, medianOf, sumOf } from '../../model/cell-runs.js';
import { isRepeated } from '../../model/cells.js';

/** A figure in words; null where it was not measured. */
export interface Measure {
  readonly title: string;
  readonly text: (one: CellRuns) => string | null;
}

export function overRuns(result: LabResult): string {
  return isRepeated(result)
    ? ' Here and below: medians over the runs that count; counts are sums over them, extents the largest.'
    : '';
}

/** Percentiles of a distribution, `7.25 ms / 22.4 ms`; null where there is none or it is empty. */
function percentiles(
  title: string,
  of: (cell: CellResult) => Distribution | null,
  keys: readonly ('p50' | 'p90' | 'p99' | 'p999' | 'max')[],
): Measure {
  const names = keys.map((key) => (key === 'p999' ? 'p99.9' : key));
  return {
    title: `${title} ${names.join(' / ')}`,
    text: (one) => {
      if (one.counted.every((cell) => (of(cell)?.count ?? 0) === 0)) return null;
      return keys
        .map((key) =>
          formatMicros(
            (key === 'max' ? largestOf : medianOf)(one, (cell) => of(cell)?.[key] ?? null),
          ),
        )
        .join(' / ');
    },
  };
}

export function measure(
  title: string,
  value: (one: CellRuns) => number | null,
  format: (value: number) => string,
): Measure {
  return {
    title,
    text: (one) => {
      const known = value(one);
      return known === null ? null : format(known);
    },
  };
}

function mean(title: string, of: (cell: CellResult) => number | null): Measure {
  return measure(title, (one) => medianOf(one, of), formatMicros);
}

export function counted(title: string, of: (cell: CellResult) => number | null): Measure {
  return measure(title, (one) => sumOf(one, of), formatInteger);
}

export const FRESHNESS: readonly Measure[] = [
  percentiles('Last client', (cell) => cell.completion_us, ['p50', 'p90', 'p99', 'max']),
  percentiles('Skew', (cell) => cell.skew_us, ['p50', 'p99']),
  measure('Reached every client', reachedAll, formatPercent),
  percentiles('Staleness', (cell) => cell.staleness_us, ['p50', 'p99', 'max']),
  mean('Older than ideal', (cell) => cell.staleness_excess_us?.mean ?? null),
  percentiles('Service', (cell) => cell.service_us, ['p50', 'p99']),
];

function reachedAll(one: CellRuns): number | null {
  const complete = sumOf(one, (cell) => cell.complete);
  const published = sumOf(one, (cell) => cell.published);
  return complete === null || published === null || published === 0 ? null : complete / published;
}

/** An earlier lab kept no extents: the noughts of its results are not findings. */
function hasOrder({ counted }: CellRuns): boolean {
  return counted.some((cell) => cell.reordering.ratio !== null);
}

export const ENDS: readonly Measure[] = [
  percentiles('Arrival', (cell) => cell.arrival_us, ['p50', 'p99', 'max']),
  percentiles('Receipt', (cell) => cell.receipt_us, ['p50', 'p99', 'max']),
  percentiles('Instrument', (cell) => cell.instrument_us, ['p50', 'p99', 'max']),
  counted('Unstamped', (cell) => cell.unstamped),
  counted('Undated', (cell) => cell.undated),
];

export const STEADINESS: readonly Measure[] = [
  {
    title: 'Jitter p50 / p99',
    text: (one) => {
      const [p50, p99] = [
        medianOf(one, (cell) => cell.jitter_us?.p50 ?? null),
        medianOf(one, (cell) => cell.jitter_us?.p99 ?? null),
      ];
      return p50 === null ? null : `${formatMicros(p50)} / ${formatMicros(p99)}`;
    },
  },
  percentiles('IPDV', (cell) => cell.ipdv_us, ['p50', 'p99']),
  {
    title: 'PDV p50 / p99 / p99.9',
    text: (one) => {
      const values = (['p50', 'p99', 'p999'] as const).map((key) =>
        medianOf(one, (cell) => cell.pdv_us[key]),
      );
      return values.every((value) => value === null) ? null : values.map(formatMicros).join(' / ');
    },
  },
  measure('Reordered', (one) => medianOf(one, (cell) => cell.reordering.ratio), formatPercent),
  {
    title: 'Extent max / mean',
    text: (one) => {
      if (!hasOrder(one)) return null;
      const [largest, average] = [
        largestOf(one, (cell) => cell.reordering.extent_max),
        largestOf(one, (cell) => cell.reordering.extent_mean),
      ];
      return `${formatInteger(largest)} / ${average === null ? MISSING : formatCount(average)}`;
    },
  },
  {
    title: 'n-reordered 1 / 2 / 3',
    text: (one) =>
      hasOrder(one)
        ? (['n1', 'n2', 'n3'] as const)
            .map((key) => formatInteger(sumOf(one, (cell) => cell.reordering.n_reordered[key])))
            .join(' / ')
        : null,
  },
  counted('Duplicates', (cell) => cell.duplicates),
  counted('Verified', (cell) => cell.verified),
];

export const STAGES: readonly Measure[] = [
  ...(['schedule', 'encode', 'queue', 'network', 'instrument', 'decode'] as const).map((name) =>
    mean(
      name === 'network' ? 'Kernel and network' : name.charAt(0).toUpperCase() + name.slice(1),
      (cell) => cell.stages_us[name],
    ),
  ),
  mean('Mean latency', (cell) => cell.latency_us.mean),
  mean('First tenth', (cell) => cell.position_us?.[0] ?? null),
  mean('Last tenth', (cell) => cell.position_us?.at(-1) ?? null),
  measure('Last ÷ first', lastToFirst, formatRatio),
];

/** Of the medians that stand beside it. */
function lastToFirst(one: CellRuns): number | null {
  const first = medianOf(one, (cell) => cell.position_us?.[0] ?? null);
  const last = medianOf(one, (cell) => cell.position_us?.at(-1) ?? null);
  return first === null || last === null || first <= 0 ? null : last / first;
}
