/** Later sides against the first, cell by cell and metric by metric. Pure. */
import { LabError } from '../../src/errors.js';
import { holm, median, smallestP } from '../../src/stats/index.js';
import { COMPARED, type ComparedName, type Metric, ON_REQUEST } from '../metric-catalogue.js';
import type { CellResult } from '../result/result.js';
import { type CellRuns, unmatchedIn } from './cells.js';
import {
  type Candidate,
  type CellComparison,
  COMPARISON_SCHEMA,
  type Comparison,
  type MetricComparison,
  type Sample,
  type VerdictCounts,
} from './comparison.js';
import {
  ALPHA,
  CONFIDENCE,
  DEFAULT_MARGIN,
  decide,
  FEWEST_SESSIONS,
  type Finding,
  type Measured,
  measure,
  unlike,
  type Values,
} from './decide.js';
import { fewestRuns } from './power.js';
import { describedSide, type Input, type SideInput, sideOf, warningsBetween } from './sides.js';

export const COMPARED_NAMES = Object.keys(COMPARED) as ComparedName[];

/** What is compared unless asked otherwise. */
export const USUAL_NAMES = COMPARED_NAMES.filter((name) => !ON_REQUEST.includes(name));

export interface CompareOptions {
  /** Smallest difference that matters, as a share of the reference median; 0.05 by default. */
  readonly margin?: number;
  /** All but those on request by default. Fewer metrics are fewer tests, and need fewer values. */
  readonly metrics?: readonly ComparedName[];
  /** Takes runs as the sample, as if all had been made in one session; false by default. */
  readonly sameSession?: boolean;
}

/** A cell before the correction over all tests. */
type Draft = Omit<CellComparison, 'metrics'> & { readonly metrics: readonly DraftMetric[] };
type DraftMetric = Pick<MetricComparison, 'metric' | 'unit' | 'better'> & Measured;

/**
 * Each later result against the first.
 * @param inputs the reference, and one or more to compare with it
 * @throws LAB_ERR_USAGE for fewer than two, and as `compareSides`
 */
export function compareResults(inputs: readonly Input[], options: CompareOptions = {}): Comparison {
  const [reference, ...others] = inputs;
  if (reference === undefined || others.length === 0) {
    throw new LabError('LAB_ERR_USAGE', 'a comparison needs two results or more', {
      hint: 'lab compare A.json B.json',
    });
  }
  return compareSides([[reference], ...others.map((one) => [one])], options);
}

/**
 * @param all the sessions of the reference, and those of one side or more to compare with it
 * @throws LAB_ERR_BAD_VALUE when a side shares no usable cell with the reference, or has a session
 * twice
 */
export function compareSides(
  all: readonly (readonly Input[])[],
  options: CompareOptions = {},
): Comparison {
  const [reference, ...others] = all.map(sideOf) as [SideInput, ...SideInput[]];
  const { margin = DEFAULT_MARGIN, metrics: names, sameSession = false } = options;
  const sample = sameSession ? 'run' : 'session';
  const wanted = COMPARED_NAMES.filter((name) => (names ?? USUAL_NAMES).includes(name));
  const drafts = others.map((other) => ({
    other,
    cells: draftCells(reference, other, wanted, (metric, x, y) =>
      measureCell(metric, x, y, margin, sample),
    ),
  }));
  for (const { other, cells } of drafts) checkComparable(reference, other, cells);
  const rows = drafts.flatMap(({ cells }) => cells.flatMap(({ metrics }) => metrics));
  const tested = rows.filter(({ p }) => p !== null);
  // With more of them, what has a single one now would be tested too.
  const testable = rows.filter(({ shift }) => shift !== null).length;
  const adjusted = new Map(holm(tested.map(({ p }) => p as number)).map((p, i) => [tested[i], p]));
  const candidates = drafts.map(({ other, cells }): Candidate => {
    const decided = cells.map((cell) => ({
      ...cell,
      metrics: cell.metrics.map(({ metric, unit, ...one }, i): MetricComparison => {
        const p = adjusted.get(cell.metrics[i]!) ?? null;
        const finding = inSample(sample, decide(one, p, testable));
        return { metric, unit, better: one.better, ...finding };
      }),
    }));
    return {
      side: describedSide(other),
      warnings: warningsBetween(reference, other),
      cells: decided,
      unmatched: [
        ...unmatchedIn(reference.cells, other.cells, reference.label),
        ...unmatchedIn(other.cells, reference.cells, other.label),
      ],
      totals: countVerdicts(decided.flatMap(({ metrics }) => metrics)),
    };
  });
  return {
    schema: COMPARISON_SCHEMA,
    sample,
    alpha: ALPHA,
    confidence: CONFIDENCE,
    margin,
    reference: describedSide(reference),
    candidates,
    tests: tested.length,
    detectable: tested.some(
      (one) => tested.length * smallestP(one.reference.values, one.candidate.values) < ALPHA,
    ),
    needed_to_detect: fewestRuns(testable, ALPHA),
    totals: countVerdicts(
      candidates.flatMap(({ cells }) => cells).flatMap(({ metrics }) => metrics),
    ),
  };
}

function draftCells(
  a: SideInput,
  b: SideInput,
  wanted: readonly ComparedName[],
  measured: (metric: Metric, x: CellRuns, y: CellRuns) => Measured,
): Draft[] {
  return [...a.cells].flatMap(([key, x]): Draft[] => {
    const y = b.cells.get(key);
    if (y === undefined) return [];
    const both = x.usable.length > 0 && y.usable.length > 0;
    const metrics = (both ? wanted : []).flatMap((name): DraftMetric[] => {
      const metric: Metric = COMPARED[name];
      const isTracked = [...x.usable, ...y.usable].some((cell) => metric.value(cell) !== null);
      if (metric.optional === true && !isTracked) return [];
      return [{ metric: name, unit: metric.unit, ...measured(metric, x, y) }];
    });
    return [{ ...x.identity, reference_runs: x.counts, candidate_runs: y.counts, metrics }];
  });
}

function measureCell(
  metric: Metric,
  x: CellRuns,
  y: CellRuns,
  margin: number,
  sample: Sample,
): Measured {
  const figuresOf = ({ usable, sessions }: CellRuns): Values =>
    sample === 'run' ? usable.map(metric.value) : sessions.map((runs) => ofSession(metric, runs));
  const [of, to] = [figuresOf(x), figuresOf(y)];
  if (!endsAlike(metric, x.usable[0]!, y.usable[0]!)) return unlike(metric, of, to);
  const measured = measure(metric, of, to, margin);
  if (sample === 'run' || Math.min(of.length, to.length) >= FEWEST_SESSIONS) return measured;
  return { ...measured, shift_ci: null, method: null, p: null, allEqual: false };
}

/** Whether the figure counts to the same in both; the runs of a side are alike. */
function endsAlike({ endsAt }: Metric, a: CellResult, b: CellResult): boolean {
  return endsAt === undefined || a.latency_at === b.latency_at;
}

/** All of its runs or none, as of any sample. */
function ofSession(metric: Metric, runs: readonly CellResult[]): number | null {
  const values: Values = runs.map(metric.value);
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? median(known) : null;
}

/** What a verdict lacks is called by what the sample is. */
function inSample(sample: Sample, finding: Finding): Finding {
  const isFew = finding.reason === 'SINGLE_RUN' || finding.reason === 'TOO_FEW_RUNS';
  return sample === 'session' && isFew ? { ...finding, reason: 'TOO_FEW_SESSIONS' } : finding;
}

/**
 * Nothing to compare is not a comparison: a gate that passes because of it would be worse than
 * none.
 */
function checkComparable(a: SideInput, b: SideInput, cells: readonly Draft[]): void {
  if (cells.some(({ metrics }) => metrics.length > 0)) return;
  const [nameOfA, nameOfB] = [a, b].map(({ sessions }) => listed(sessions));
  if (cells.length > 0) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `${nameOfB} and ${nameOfA} share ${cells.length === 1 ? 'one cell, and in it' : `${cells.length} cells, and in each of them`} one side has no usable run or figure`,
      { hint: 'lab report shows why a cell is INVALID and what to do about it' },
    );
  }
  const [first] = unmatchedIn(b.cells, a.cells, b.label);
  const why = first?.nearest == null ? '' : ` (the nearest has ${first.nearest})`;
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `${nameOfB} ${b.sessions.length === 1 ? 'shares' : 'share'} no cell with ${nameOfA}${why}`,
    {
      hint: 'run both with the same transports, codecs, clients, rate, size, duration, policy and flush',
    },
  );
}

function listed(inputs: readonly Input[]): string {
  return inputs.map(({ name }) => `'${name}'`).join(', ');
}

function countVerdicts(metrics: readonly MetricComparison[]): VerdictCounts {
  const counts = { better: 0, worse: 0, equivalent: 0, inconclusive: 0 };
  for (const { verdict } of metrics) counts[verdict] += 1;
  return counts;
}
