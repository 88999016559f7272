/** A comparison in words and figures, for the terminal and for Markdown alike. */
import type {
  Candidate,
  CellComparison,
  CellIdentity,
  Comparison,
  MetricComparison,
  RunCounts,
  VerdictCounts,
} from '../../bench/compare/comparison.js';
import { FEWEST_SESSIONS } from '../../bench/compare/decide.js';
import { COMPARED } from '../../bench/metric-catalogue.js';
import {
  formatCount,
  formatFigure,
  formatMicros,
  formatRange,
  formatSeconds,
  MISSING,
} from '../format.js';
import { groupBy, identityName, listWords, loadName, plural } from '../model/cells.js';

export function metricTitle({ metric }: Pick<MetricComparison, 'metric'>): string {
  return COMPARED[metric].words.title;
}

/** A median in the metric's unit. */
export function formatMetric(
  { unit }: Pick<MetricComparison, 'unit'>,
  value: number | null,
): string {
  return formatFigure(unit, value);
}

/**
 * The shift as a share of the reference median, `+12.3 %`; of loss in percentage points, as is what
 * has no median to divide by.
 */
export function formatShift(metric: MetricComparison): string {
  return metric.shift === null ? MISSING : signed(metric, metric.shift);
}

/** `−1.20 to +7.50 %`. */
export function formatShiftInterval(metric: MetricComparison): string {
  const { shift_ci: interval } = metric;
  return interval === null ? MISSING : formatRange(interval, (value) => signed(metric, value));
}

/** Three decimals; what is below α never reads as if it were not. */
export function formatP(p: number | null, alpha: number): string {
  if (p === null) return MISSING;
  if (p < 0.001) return '<0.001';
  return p < alpha && Number(p.toFixed(3)) >= alpha ? `<${alpha.toFixed(3)}` : p.toFixed(3);
}

/** What an inconclusive verdict lacks: sessions or runs on each side, in all. */
export function formatNeeded({
  verdict,
  reason,
  needed,
}: Pick<MetricComparison, 'verdict' | 'reason' | 'needed'>): string {
  if (verdict !== 'inconclusive') return '';
  if (needed !== null)
    return `${reason === 'WIDE_INTERVAL' || reason === 'NOT_SIGNIFICANT' ? '≈' : '≥'} ${needed}`;
  return reason === 'NOT_MEASURED' || reason === 'ARRIVAL_AND_RECEIPT' ? MISSING : '> 1000';
}

function signed({ unit, reference }: MetricComparison, value: number): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  const size = Math.abs(value);
  const median = Math.abs(reference.median ?? 0);
  if (unit === 'share') return `${sign}${decimals(size * 100, 3)} pp`;
  if (median > 0) return `${sign}${decimals((size / median) * 100, 2)} %`;
  return sign + (unit === 'per_s' ? `${formatCount(size)}/s` : formatMicros(size));
}

/** Nothing but zero is printed as zero. */
function decimals(size: number, most: number): string {
  if (size === 0) return '0';
  const smallest = 10 ** -most;
  if (size < smallest) return `<${smallest}`;
  return size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : most);
}

/**
 * Names cells `tcp/msgpack · 100 clients × 1,000 msg/s × 128 B × 10 s`; with policy and flush where
 * the cells they stand `among` have several.
 */
export function namesAmong(among: readonly CellIdentity[]): (cell: CellIdentity) => string {
  const fields = (['policy', 'flush'] as const).filter(
    (field) => new Set(among.map((one) => one[field])).size > 1,
  );
  return (cell) => {
    const load = `${loadName(cell)} × ${formatSeconds(cell.duration_s)}`;
    return [identityName(cell), load, ...fields.map((field) => `${field} ${cell[field]}`)].join(
      ' · ',
    );
  };
}

/**
 * The cells that a candidate's tables show, each with its name and sample:
 * `⚠ tcp/msgpack · … · sessions A 5, B 4`.
 */
export function comparedCells(
  { reference, sample }: Comparison,
  { side, cells }: Candidate,
): { readonly title: string; readonly cell: CellComparison }[] {
  const compared = cells.filter(({ metrics }) => metrics.length > 0);
  const nameOf = namesAmong(compared);
  return compared.map((cell) => {
    const mark = [cell.reference_runs, cell.candidate_runs].some((runs) => remarks(runs) !== '')
      ? '⚠ '
      : '';
    const { reference_runs: a, candidate_runs: b } = cell;
    const counted = (what: 'sessions' | 'usable'): string =>
      `${reference.label} ${a[what]}, ${side.label} ${b[what]}`;
    const values =
      sample === 'session' ? `sessions ${counted('sessions')}` : `runs ${counted('usable')}`;
    return { title: `${mark}${nameOf(cell)} · ${values}`, cell };
  });
}

function remarks({ suspect, invalid, incomplete, other_latency }: RunCounts): string {
  return [
    ...(suspect > 0 ? [plural(suspect, 'SUSPECT run')] : []),
    ...(invalid > 0 ? [`${plural(invalid, 'INVALID run')} left out`] : []),
    ...(incomplete > 0 ? [`${plural(incomplete, 'run')} left out as cut short`] : []),
    ...(other_latency > 0
      ? [`${plural(other_latency, 'run')} left out whose latencies end elsewhere than most`]
      : []),
  ].join(', ');
}

/**
 * `1 worse, 2 better, 20 equivalent, 5 inconclusive`; what there is none of is left out, but not
 * worse.
 */
export function totalsText({ worse, better, equivalent, inconclusive }: VerdictCounts): string {
  const counts = { better, equivalent, inconclusive };
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return [`${worse} worse`, ...some.map(([name, count]) => `${count} ${name}`)].join(', ');
}

/**
 * What a reader must know before believing the table, most important first; none when all is well.
 */
export function comparisonNotes(comparison: Comparison, candidate: Candidate): string[] {
  return [
    ...sessionNotes(comparison, candidate),
    ...runNotes(comparison, candidate),
    ...reasonNotes(comparison, candidate),
    ...unmatchedNotes(comparison, candidate),
  ];
}

/** `sessions: 1 against 1`, and what that means. */
function sessionNotes(comparison: Comparison, { side }: Candidate): string[] {
  const { sample, reference } = comparison;
  const [a, b] = [reference.sessions.length, side.sessions.length];
  const counts = `sessions: ${a} against ${b}`;
  if (sample === 'run') {
    return [
      `${counts}; each run is a value (--same-session-assumption): a change of the machine between sessions counts as a difference`,
    ];
  }
  if (Math.min(a, b) >= FEWEST_SESSIONS) return [counts];
  return [
    `⚠ ${counts}: inconclusive, as the machine differs from session to session. Measure ${FEWEST_SESSIONS} sessions a side or more (${neededText(comparison)}), or set two settings against each other in one session: lab ab`,
  ];
}

/** `5 for 5 tests`. */
function neededText({ needed_to_detect: needed, candidates }: Comparison): string {
  const metrics = candidates.flatMap(({ cells }) => cells.flatMap((cell) => cell.metrics));
  return `${needed} for ${plural(metrics.filter(({ shift }) => shift !== null).length, 'test')}`;
}

function runNotes({ reference }: Comparison, { side, cells }: Candidate): string[] {
  const nameOf = namesAmong(cells);
  return cells.flatMap((cell) => {
    const sides = [
      [reference.label, cell.reference_runs],
      [side.label, cell.candidate_runs],
    ] as const;
    const told = sides
      .map(([label, runs]) => [label, remarks(runs)])
      .filter(([, remark]) => remark !== '')
      .map(([label, remark]) => `${label} has ${remark}`);
    if (told.length === 0) return [];
    const lost = cell.metrics.length === 0 ? ': not compared' : '';
    return [`⚠ ${nameOf(cell)}: ${listWords(told)}${lost}`];
  });
}

function reasonNotes(
  { detectable, tests, needed_to_detect: needed, alpha, sample }: Comparison,
  { cells }: Candidate,
): string[] {
  const metrics = cells.flatMap((cell) => cell.metrics);
  const notes: string[] = [];
  if (metrics.some(({ reason }) => reason === 'SINGLE_RUN')) {
    notes.push(`one run has no spread: measure with --repeat ${needed} or more`);
  }
  if (!detectable && tests > 0) {
    notes.push(
      `the ${sample}s are too few: no difference can reach p < ${alpha} in ${plural(tests, 'test')} (Holm); ${sample === 'run' ? `use --repeat ${needed} or more` : `measure ${needed} sessions a side`}, or compare fewer --metrics`,
    );
  }
  const lacking = new Set(
    metrics.filter(({ reason }) => reason === 'NOT_MEASURED').map(metricTitle),
  );
  if (lacking.size > 0) {
    notes.push(
      `${listWords([...lacking])} is not compared where a run has no such figure: it has too few samples, or lost more messages than the percentile leaves out`,
    );
  }
  const unlike = new Set(
    metrics.filter(({ reason }) => reason === 'ARRIVAL_AND_RECEIPT').map(metricTitle),
  );
  if (unlike.size > 0) {
    notes.push(
      `${listWords([...unlike])} is not compared where one side counts to the arrival in the kernel and the other to the receipt by the client: measure both with one --receiver, or compare --metrics receipt`,
    );
  }
  return notes;
}

function unmatchedNotes(
  { reference }: Comparison,
  { side, cells, unmatched }: Candidate,
): string[] {
  const nameOf = namesAmong([...cells, ...unmatched]);
  return [...groupBy(unmatched, ({ only_in }) => only_in)].map(([label, lone]) => {
    const other = label === reference.label ? side.label : reference.label;
    const names = lone.map((cell) => {
      const nearest = cell.nearest === null ? '' : ` (nearest in ${other}: ${cell.nearest})`;
      return nameOf(cell) + nearest;
    });
    return `only in ${label}: ${listWords(names)}`;
  });
}

/** How the table was made, in one sentence or two. */
export function methodText({ sample, margin, alpha, confidence, tests }: Comparison): string {
  const values =
    sample === 'session'
      ? 'A value is a session: the median over its runs. '
      : 'A value is a run. ';
  return `${values}Shift: Hodges–Lehmann, with its ${percent(confidence)} interval. p: Mann–Whitney, Holm-corrected over ${plural(tests, 'test')}. Better or worse: p < ${alpha} and the interval wholly beyond ±${percent(margin)} of the reference median; equivalent: wholly inside. ${sample === 'session' ? 'Sessions' : 'Runs'}: how many on each side would likely settle it.`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
