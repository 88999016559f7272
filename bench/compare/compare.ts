/** Later results against the first, cell by cell and metric by metric. Pure. */
import { LabError } from '../../src/errors.js';
import { holm, smallestP } from '../../src/stats/index.js';
import { COMPARED, type ComparedName, type Metric, ON_REQUEST } from '../metric-catalogue.js';
import type { CellResult, LabResult } from '../result/result.js';
import { cellsByKey, unmatchedIn } from './cells.js';
import {
  type Candidate,
  type CellComparison,
  COMPARISON_SCHEMA,
  type ComparedRun,
  type Comparison,
  type MetricComparison,
  type VerdictCounts,
} from './comparison.js';
import {
  ALPHA,
  CONFIDENCE,
  DEFAULT_MARGIN,
  decide,
  type Measured,
  measure,
  unlike,
} from './decide.js';
import { fewestRuns } from './power.js';
import { type Labelled, warningsOf } from './warnings.js';

export const COMPARED_NAMES = Object.keys(COMPARED) as ComparedName[];

export interface CompareOptions {
  /** Smallest difference that matters, as a share of the reference median; 0.05 by default. */
  readonly margin?: number;
  /** All but those on request by default. Fewer metrics are fewer tests, and need fewer runs. */
  readonly metrics?: readonly ComparedName[];
}

interface Input {
  /** As the user calls it: the path. */
  readonly name: string;
  readonly result: LabResult;
}

/** A cell before the correction over all tests. */
type Draft = Omit<CellComparison, 'metrics'> & { readonly metrics: readonly DraftMetric[] };
type DraftMetric = Pick<MetricComparison, 'metric' | 'unit' | 'better'> & Measured;

/**
 * @param inputs the reference, and one or more to compare with it
 * @throws LAB_ERR_USAGE for fewer than two, LAB_ERR_BAD_VALUE when a result shares no usable cell
 * with the reference
 */
export function compareResults(inputs: readonly Input[], options: CompareOptions = {}): Comparison {
  const [reference, ...others] = inputs.map((input, i) => ({
    ...input,
    label: labelOf(i),
    cells: cellsByKey(input.result),
  }));
  if (reference === undefined || others.length === 0) {
    throw new LabError('LAB_ERR_USAGE', 'a comparison needs two results or more', {
      hint: 'lab compare A.json B.json',
    });
  }
  const margin = options.margin ?? DEFAULT_MARGIN;
  const drafts = others.map((other) => ({
    other,
    cells: draftCells(reference, other, margin, options.metrics),
  }));
  for (const { other, cells } of drafts) checkComparable(reference, other, cells);
  const rows = drafts.flatMap(({ cells }) => cells.flatMap(({ metrics }) => metrics));
  const tested = rows.filter(({ p }) => p !== null);
  // With more runs, what has a single one now would be tested too.
  const testable = rows.filter(({ shift }) => shift !== null).length;
  const adjusted = new Map(holm(tested.map(({ p }) => p as number)).map((p, i) => [tested[i], p]));
  const candidates = drafts.map(({ other, cells }): Candidate => {
    const decided = cells.map((cell) => ({
      ...cell,
      metrics: cell.metrics.map(({ metric, unit, ...one }, i): MetricComparison => {
        const p = adjusted.get(cell.metrics[i]!) ?? null;
        return { metric, unit, better: one.better, ...decide(one, p, testable) };
      }),
    }));
    return {
      run: runOf(other),
      warnings: warningsOf(reference, other),
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
    alpha: ALPHA,
    confidence: CONFIDENCE,
    margin,
    reference: runOf(reference),
    candidates,
    tests: tested.length,
    detectable: tested.some(
      (one) => tested.length * smallestP(one.reference.runs, one.candidate.runs) < ALPHA,
    ),
    runs_to_detect: fewestRuns(testable, ALPHA),
    totals: countVerdicts(
      candidates.flatMap(({ cells }) => cells).flatMap(({ metrics }) => metrics),
    ),
  };
}

function draftCells(
  a: Labelled,
  b: Labelled,
  margin: number,
  names?: readonly ComparedName[],
): Draft[] {
  const wanted = COMPARED_NAMES.filter(
    (name) => names?.includes(name) ?? !ON_REQUEST.includes(name),
  );
  return [...a.cells].flatMap(([key, x]): Draft[] => {
    const y = b.cells.get(key);
    if (y === undefined) return [];
    const both = x.usable.length > 0 && y.usable.length > 0;
    const metrics = (both ? wanted : []).flatMap((name): DraftMetric[] => {
      const metric: Metric = COMPARED[name];
      const [of, to] = [x.usable.map(metric.value), y.usable.map(metric.value)];
      const isTracked = [...of, ...to].some((value) => value !== null);
      if (metric.optional === true && !isTracked) return [];
      const measured = endsAlike(metric, x.usable[0]!, y.usable[0]!)
        ? measure(metric, of, to, margin)
        : unlike(metric, of, to);
      return [{ metric: name, unit: metric.unit, ...measured }];
    });
    return [
      {
        ...x.identity,
        reference_runs: x.counts,
        candidate_runs: y.counts,
        metrics,
      },
    ];
  });
}

/** Whether the figure counts to the same in both; the runs of a side are alike. */
function endsAlike({ endsAt }: Metric, a: CellResult, b: CellResult): boolean {
  return endsAt === undefined || a.latency_at === b.latency_at;
}

/**
 * Nothing to compare is not a comparison: a gate that passes because of it would be worse than
 * none.
 */
function checkComparable(a: Labelled & Input, b: Labelled & Input, cells: readonly Draft[]): void {
  if (cells.some(({ metrics }) => metrics.length > 0)) return;
  if (cells.length > 0) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `'${b.name}' and '${a.name}' share ${cells.length === 1 ? 'one cell, and in it' : `${cells.length} cells, and in each of them`} one side has no usable run or figure`,
      { hint: 'lab report shows why a cell is INVALID and what to do about it' },
    );
  }
  const [first] = unmatchedIn(b.cells, a.cells, b.label);
  const why = first?.nearest == null ? '' : ` (the nearest has ${first.nearest})`;
  throw new LabError('LAB_ERR_BAD_VALUE', `'${b.name}' shares no cell with '${a.name}'${why}`, {
    hint: 'run both with the same transports, codecs, clients, rate, size, duration, policy and flush',
  });
}

function runOf({ label, name, result }: Labelled & Input): ComparedRun {
  return {
    label,
    name,
    started_at: result.startedAt,
    version: result.tool.version,
    git: result.environment.git,
    command: result.command,
  };
}

/** A … Z, then A27, A28, … */
function labelOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : `A${index + 1}`;
}

function countVerdicts(metrics: readonly MetricComparison[]): VerdictCounts {
  const counts = { better: 0, worse: 0, equivalent: 0, inconclusive: 0 };
  for (const { verdict } of metrics) counts[verdict] += 1;
  return counts;
}
