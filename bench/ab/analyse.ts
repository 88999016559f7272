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
} from '../compare/paired.js';
import { fewestBlocks } from '../compare/power.js';
import { COMPARED, type ComparedName, type Metric } from '../metric-catalogue.js';
import type { CellResult } from '../result/result.js';
import { localServer } from '../result/server.js';
import { isUsable } from '../result/usable.js';
import type { AbCell, AbComparison, AbMetric } from './document.js';
import { RUNS_PER_BLOCK } from './plan.js';

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

/** The two sides of a block of one position. */
interface Sides {
  readonly a: readonly CellResult[];
  readonly b: readonly CellResult[];
}

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

/** Blocks with all runs of both sides come first; what is cut short or INVALID is told apart. */
function blocksOf(pair: Pair, a: readonly CellResult[], b: readonly CellResult[]): Sides[] {
  const blocks = new Map<number, { a: CellResult[]; b: CellResult[] }>();
  const put = (side: 'a' | 'b', cells: readonly CellResult[]): void => {
    for (const cell of cells) {
      if (cell.id !== `${pair[side]}#${cell.run}`) continue;
      const number = Math.ceil(cell.run / RUNS_PER_BLOCK);
      const block = blocks.get(number) ?? { a: [], b: [] };
      blocks.set(number, block);
      block[side].push(cell);
    }
  };
  put('a', a);
  put('b', b);
  return [...blocks].sort(([x], [y]) => x - y).map(([, block]) => block);
}

function draft(
  { a, b, nameA, nameB }: Pair,
  blocks: readonly Sides[],
  wanted: readonly ComparedName[],
  margin: number,
): Draft {
  const usable = blocks.filter((block) => isWhole(block) && cellsOf(block).every(isUsable));
  const invalid = blocks.filter((block) =>
    cellsOf(block).some(({ verdict }) => verdict.status === 'INVALID'),
  ).length;
  const suspect = usable.filter((block) =>
    cellsOf(block).some(({ verdict }) => verdict.status === 'SUSPECT'),
  ).length;
  const incomplete = blocks.length - usable.length - invalid;
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
    return [{ name, metric, measured: measureBlocks(metric, figures, margin) }];
  });
  const cell = {
    ...{ a, b, name_a: nameA, name_b: nameB },
    blocks: { usable: usable.length, suspect, invalid, incomplete },
    same_feed: sameFeed(usable),
  };
  return { cell, metrics };
}

function isWhole({ a, b }: Sides): boolean {
  return a.length === RUNS_PER_BLOCK && b.length === RUNS_PER_BLOCK;
}

function cellsOf({ a, b }: Sides): CellResult[] {
  return [...a, ...b];
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

/** Metrics that every cell has: of so many tests at the least a session consists. */
export function fewestTests(positions: number, metrics: readonly ComparedName[]): number {
  return positions * metrics.filter((name) => (COMPARED[name] as Metric).optional !== true).length;
}
