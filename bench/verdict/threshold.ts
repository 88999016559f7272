/**
 * Conditions that every cell of a run must meet: `p99<5ms`, `loss<=0.1%`. Pure. A unit is part of a
 * limit: a bare `p99<5` would pass or fail by a factor of 1000, depending on what the reader had in
 * mind.
 */
import { LabError } from '../../src/errors.js';
import type { CellResult, ThresholdResult } from '../result/result.js';
import {
  percentileOf,
  QUANTILES,
  type Quantile,
  type Survival,
  whyUntold,
} from '../result/survivors.js';

type Unit = 'us' | 'ratio' | 'messages' | 'messages/s' | 'bytes';
type Operator = '<' | '<=' | '>' | '>=';

interface Metric {
  readonly unit: Unit;
  /** The figure of a cell in `unit`; null when it cannot be told. */
  readonly of: (cell: CellResult) => number | null;
  /** What it is a percentile of, where only what arrived has one. */
  readonly survival?: readonly [Survival, Quantile];
}

/** A condition, read and checked. */
export interface Threshold {
  /** As given. */
  readonly expression: string;
  readonly metric: string;
  readonly operator: Operator;
  /** In the unit of the result document. */
  readonly limit: number;
}

const EVERY_QUANTILE = Object.keys(QUANTILES) as Quantile[];

function times(
  figure: Survival,
  prefix = `${figure}_`,
  quantiles: readonly Quantile[] = EVERY_QUANTILE,
): [string, Metric][] {
  return quantiles.map((name) => [
    prefix + name,
    { unit: 'us', of: (cell) => percentileOf(figure, name, cell), survival: [figure, name] },
  ]);
}

/** Without the report of the subscribers an earlier lab wrote 0, which says nothing. */
function counted(of: (cell: CellResult) => number | null): Metric {
  return { unit: 'messages', of: (cell) => (cell.clients_use === null ? null : of(cell)) };
}

const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  ...times('latency', ''),
  ...times('service'),
  ...times('completion'),
  ...times('staleness'),
  // Every message that was published has one.
  ...EVERY_QUANTILE.map((name): [string, Metric] => [
    `lag_${name}`,
    { unit: 'us', of: (cell) => cell.lag_us[name] },
  ]),
  ...times('jitter', 'jitter_', ['p50', 'p99', 'max']),
  ['loss', { unit: 'ratio', of: (cell) => cell.loss_ratio }],
  ['reach', { unit: 'ratio', of: (cell) => cell.reach }],
  ['duplicates', counted((cell) => cell.duplicates)],
  ['reordered', counted((cell) => cell.reordered)],
  ['goodput', { unit: 'messages/s', of: (cell) => cell.goodput.messages_per_s }],
  ['cpu', { unit: 'us', of: (cell) => cell.cpu_us_per_delivery.server }],
  ['rss', { unit: 'bytes', of: (cell) => cell.rss_bytes.server }],
]);

const METRICS_HINT =
  'latency: p50, p90, p99, p999, max, and each with service_, completion_, staleness_ or lag_ in front; ' +
  'jitter_p50, jitter_p99, jitter_max; loss, reach, duplicates, reordered, goodput, cpu, rss';

/** Suffixes of a limit: a power of ten, which keeps decimals exact, or a number of bytes. */
type Suffixes = Readonly<
  Record<string, { readonly exponent: number } | { readonly factor: number }>
>;

const TIMES: Suffixes = {
  us: { exponent: 0 },
  // The micro sign and the Greek letter look alike and are both typed.
  '\u00b5s': { exponent: 0 },
  '\u03bcs': { exponent: 0 },
  ms: { exponent: 3 },
  s: { exponent: 6 },
};
const COUNTS: Suffixes = { '': { exponent: 0 }, k: { exponent: 3 }, M: { exponent: 6 } };

const SUFFIXES: Readonly<Record<Unit, { readonly known: Suffixes; readonly hint: string }>> = {
  us: { known: TIMES, hint: 'it is a time: write 800us, 5ms or 1.5s' },
  ratio: {
    known: { '%': { exponent: -2 }, '': { exponent: 0 } },
    hint: 'it is a share: write 0.1% or 0.001',
  },
  messages: { known: COUNTS, hint: 'it is a count: write 0, 250, 20k or 1M' },
  'messages/s': {
    known: { ...COUNTS, '/s': { exponent: 0 }, 'k/s': { exponent: 3 }, 'M/s': { exponent: 6 } },
    hint: 'it is messages per second: write 250, 20k or 1.5M',
  },
  bytes: {
    known: {
      B: { factor: 1 },
      k: { factor: 1024 },
      KiB: { factor: 1024 },
      M: { factor: 1024 ** 2 },
      MiB: { factor: 1024 ** 2 },
      G: { factor: 1024 ** 3 },
      GiB: { factor: 1024 ** 3 },
    },
    hint: 'it is memory: write 200MiB or 200M (= 200 × 1024 × 1024 bytes)',
  },
};

/**
 * Reads `METRIC OPERATOR LIMIT UNIT`, with or without spaces between them.
 * @param flag the flag as messages spell it
 * @throws LAB_ERR_BAD_VALUE
 */
export function parseThreshold(flag: string, text: string): Threshold {
  const expression = text.trim();
  const refuse = (problem: string, hint: string): LabError => {
    const shown = expression.length > 60 ? `${expression.slice(0, 60)}…` : expression;
    return new LabError('LAB_ERR_BAD_VALUE', `${flag} ${JSON.stringify(shown)} ${problem}`, {
      hint,
    });
  };
  const match = /^([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*([A-Za-z\u00b5\u03bc%/]*)$/.exec(
    expression,
  );
  if (match === null) {
    const hint = `write a metric, <, <=, > or >=, and a limit, in quotes (the shell takes < for itself): ${flag} 'p99<5ms'`;
    throw refuse('is not a threshold', hint);
  }
  const [, name = '', operator, digits = '', suffix = ''] = match;
  const metric = METRICS.get(name);
  if (metric === undefined) throw refuse(`names no metric: ${name}`, METRICS_HINT);
  const { known, hint } = SUFFIXES[metric.unit];
  const unit = Object.hasOwn(known, suffix) ? known[suffix] : undefined;
  if (unit === undefined) {
    throw refuse(
      suffix === '' ? 'has no unit' : `has a unit that ${name} cannot have: ${suffix}`,
      hint,
    );
  }
  const limit =
    'factor' in unit ? Number(digits) * unit.factor : Number(`${digits}e${unit.exponent}`);
  if (!Number.isFinite(limit) || (metric.unit === 'ratio' && limit > 1)) {
    throw refuse(
      'is out of range',
      metric.unit === 'ratio' ? 'a share is 0% to 100%, or 0 to 1' : hint,
    );
  }
  return { expression, metric: name, operator: operator as Operator, limit };
}

/**
 * Every threshold held against every cell, threshold by threshold. A figure that cannot be told
 * breaks its threshold.
 */
export function checkThresholds(
  thresholds: readonly Threshold[],
  cells: readonly CellResult[],
): ThresholdResult[] {
  return thresholds.flatMap((threshold) => cells.map((cell) => check(threshold, cell)));
}

function check(
  { expression, metric, operator, limit }: Threshold,
  cell: CellResult,
): ThresholdResult {
  const { unit, of } = METRICS.get(metric) as Metric;
  const value = of(cell);
  return {
    expression,
    cell: cell.id,
    value,
    limit,
    unit,
    passed: value !== null && holds(value, operator, limit),
  };
}

/**
 * Why the figure of a cell cannot be held against a limit; null where there is one, or too little
 * was measured.
 */
export function whyNoFigure(
  { expression, value }: ThresholdResult,
  cell: CellResult,
  format: (share: number) => string,
): string | null {
  const survival = METRICS.get(/^\w*/.exec(expression)?.[0] ?? '')?.survival;
  return value !== null || survival === undefined ? null : whyUntold(...survival, cell, format);
}

function holds(value: number, operator: Operator, limit: number): boolean {
  if (operator === '<') return value < limit;
  if (operator === '<=') return value <= limit;
  return operator === '>' ? value > limit : value >= limit;
}
