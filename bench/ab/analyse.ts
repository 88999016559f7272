/**
 * From what two arms measured to verdicts, metric by metric: the block is the sample. Pure;
 * docs/design/methodology.md, "A/B in one session".
 */
import { holm, smallestSignedP } from '../../src/stats/index.js';
import { COMPARED_NAMES } from '../compare/compare.js';
import type { CompareReason } from '../compare/comparison.js';
import { ALPHA } from '../compare/decide.js';
import {
  type Block,
  decideBlocks,
  detectableShift,
  type MeasuredBlocks,
  measureBlocks,
  unlikeBlocks,
} from '../compare/paired.js';
import { fewestBlocks } from '../compare/power.js';
import { COMPARED, type ComparedName, type Metric } from '../metric-catalogue.js';
import type { CellResult } from '../result/result.js';
import { localServer } from '../result/server.js';
import { blocksOf, cellsOf, type PositionBlocks, type Sides } from './blocks.js';
import type { AbCell, AbComparison, AbMetric } from './document.js';

/** Two cells that stand against each other: their ids without the run, and what they are called. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly nameA: string;
  readonly nameB: string;
}

export interface AnalyseOptions {
  /** Smallest difference that matters, as a share of A. */
  readonly margin: number;
  readonly metrics: readonly ComparedName[];
}

/** The smallest difference that matters, unless asked otherwise: of pairs less can be told. */
export const AB_MARGIN = 0.02;

interface Draft {
  readonly cell: Omit<AbCell, 'metrics'>;
  readonly metrics: readonly {
    readonly metric: Metric;
    readonly name: ComparedName;
    readonly measured: MeasuredBlocks;
  }[];
}

/** @param a,b cells of the two arms, as many runs of each as there are */
export function analyse(
  pairs: readonly Pair[],
  a: readonly CellResult[],
  b: readonly CellResult[],
  { margin, metrics }: AnalyseOptions,
): AbComparison {
  const wanted = COMPARED_NAMES.filter((name) => metrics.includes(name));
  const drafts = pairs.map((pair) => draft(pair, blocksOf(pair, a, b), wanted, margin));
  const all = drafts.flatMap((one) => one.metrics.map(({ measured }) => measured));
  const tested = all.filter(({ p }) => p !== null);
  // With more blocks, what has a single one now would be tested too.
  const testable = all.filter(({ shift }) => shift !== null).length;
  const adjusted = new Map(holm(tested.map(({ p }) => p as number)).map((p, i) => [tested[i], p]));
  const cells = drafts.map(({ cell, metrics: measuredOnes }) => ({
    ...cell,
    metrics: measuredOnes.map(({ name, metric, measured }) =>
      metricOf(name, metric, measured, adjusted.get(measured) ?? null, testable),
    ),
  }));
  const totals = { better: 0, worse: 0, equivalent: 0, inconclusive: 0 };
  for (const { verdict } of cells.flatMap((one) => one.metrics)) totals[verdict] += 1;
  return {
    tests: tested.length,
    detectable: tested.some(
      ({ reference }) => tested.length * smallestSignedP(reference.values) < ALPHA,
    ),
    blocks_to_detect: fewestBlocks(testable, ALPHA),
    totals,
    cells,
  };
}

function draft(
  { a, b, nameA, nameB }: Pair,
  { usable, counts, causes }: PositionBlocks,
  wanted: readonly ComparedName[],
  margin: number,
): Draft {
  const metrics = wanted.flatMap((name) => {
    const metric: Metric = COMPARED[name];
    const isTracked = usable.some((block) =>
      cellsOf(block).some((one) => metric.value(one) !== null),
    );
    if (usable.length === 0 || (metric.optional === true && !isTracked)) return [];
    const figures = usable.map(
      (block): Block => ({
        reference: block.a.map(metric.value),
        candidate: block.b.map(metric.value),
      }),
    );
    const measured = endsAlike(metric, usable[0]!)
      ? measureBlocks(metric, figures, margin)
      : unlikeBlocks(metric, figures);
    return [{ name, metric, measured }];
  });
  const cell = {
    ...{ a, b, name_a: nameA, name_b: nameB },
    blocks: counts,
    causes,
    same_feed: sameFeed(usable),
    latency_at: { a: usable[0]?.a[0]?.latency_at ?? null, b: usable[0]?.b[0]?.latency_at ?? null },
  };
  return { cell, metrics };
}

/** Whether the figure counts to the same on both sides; the runs of a side are alike. */
function endsAlike({ endsAt }: Metric, { a, b }: Sides): boolean {
  return endsAt === undefined || a[0]!.latency_at === b[0]!.latency_at;
}

/** Null where nobody knows, or where another load was asked for. */
function sameFeed(blocks: readonly Sides[]): boolean | null {
  const [sides] = blocks;
  const [a, b] = [sides?.a[0], sides?.b[0]];
  if (a === undefined || b === undefined || loadOf(a) !== loadOf(b)) return null;
  const [of, to] = [hashOf(a), hashOf(b)];
  return of === null || to === null ? null : of === to;
}

function loadOf({ rate_per_s, size_bytes, duration_s, warmup_s }: CellResult): string {
  return JSON.stringify([rate_per_s, size_bytes, duration_s, warmup_s]);
}

function hashOf(cell: CellResult): string | null {
  return localServer(cell)?.feed_sha256 ?? null;
}

/** Logarithms become shares: +0.1 is 10 % more than A. */
function metricOf(
  name: ComparedName,
  { unit, better }: Metric,
  measured: MeasuredBlocks,
  adjusted: number | null,
  tests: number,
): AbMetric {
  const { scale } = measured;
  const { reference, candidate, shift, shift_ci, margin, needed, ...finding } = decideBlocks(
    measured,
    adjusted,
    tests,
  );
  const onScale = (value: number): number => (scale === 'ratio' ? Math.expm1(value) : value);
  const detectable = detectableShift(measured, tests);
  return {
    metric: name,
    unit,
    better,
    scale,
    a: reference.median,
    b: candidate.median,
    change: shift === null ? null : onScale(shift),
    change_ci:
      shift_ci === null ? null : { low: onScale(shift_ci.low), high: onScale(shift_ci.high) },
    margin: onScale(margin),
    detectable: detectable === null ? null : onScale(detectable),
    ...finding,
    reason: isFew(finding.reason) ? 'TOO_FEW_BLOCKS' : finding.reason,
    blocks_needed: needed,
  };
}

/** What is a run to the rule is a block here. */
function isFew(reason: CompareReason | null): boolean {
  return reason === 'SINGLE_RUN' || reason === 'TOO_FEW_RUNS';
}
