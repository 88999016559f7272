/**
 * Conditions that every cell of a run must meet: `p99<5ms`, `loss<=0.1%`. Pure. A unit is part of a
 * limit: a bare `p99<5` would pass or fail by a factor of 1000, depending on what the reader had in
 * mind.
 */

import { LabError } from '../../src/errors.js';
import { findMetric, type MetricName, type MetricUnit, metricOf } from '../metric-catalogue.js';
import type { CellResult, ThresholdResult } from '../result/result.js';

export type Operator = '<' | '<=' | '>' | '>=';

/** A condition, read and checked. */
export interface Threshold {
  /** As given. */
  readonly expression: string;
  readonly metric: MetricName;
  readonly operator: Operator;
  /** In the unit of the result document. */
  readonly limit: number;
}

const METRICS_HINT =
  'latency: p50, p90, p99, p999, max, and each with arrival_, receipt_, instrument_, service_, ' +
  'completion_, staleness_ or schedule_lag_ in front; ' +
  'jitter_p50, jitter_p99, jitter_max; loss, missing, reach, duplicates, reordered, goodput, cpu, bytes, ip_bytes, rss';

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

interface Unit {
  /** As a result writes it. */
  readonly name: string;
  readonly known: Suffixes;
  readonly hint: string;
}

const TIME: Unit = { name: 'us', known: TIMES, hint: 'it is a time: write 800us, 5ms or 1.5s' };

const UNITS: Readonly<Record<MetricUnit, Unit>> = {
  us: TIME,
  cpu_us: TIME,
  share: {
    name: 'ratio',
    known: { '%': { exponent: -2 }, '': { exponent: 0 } },
    hint: 'it is a share: write 0.1% or 0.001',
  },
  messages: { name: 'messages', known: COUNTS, hint: 'it is a count: write 0, 250, 20k or 1M' },
  per_s: {
    name: 'messages/s',
    known: { ...COUNTS, '/s': { exponent: 0 }, 'k/s': { exponent: 3 }, 'M/s': { exponent: 6 } },
    hint: 'it is messages per second: write 250, 20k or 1.5M',
  },
  bytes: {
    name: 'bytes',
    known: {
      B: { factor: 1 },
      k: { factor: 1024 },
      KiB: { factor: 1024 },
      M: { factor: 1024 ** 2 },
      MiB: { factor: 1024 ** 2 },
      G: { factor: 1024 ** 3 },
      GiB: { factor: 1024 ** 3 },
    },
    hint: 'it is bytes: write 150B, 200MiB or 200M (= 200 × 1024 × 1024 bytes)',
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
  const metric = findMetric(name);
  if (metric === undefined) throw refuse(`names no metric: ${name}`, METRICS_HINT);
  const { known, hint } = UNITS[metric.unit];
  const unit = Object.hasOwn(known, suffix) ? known[suffix] : undefined;
  if (unit === undefined) {
    throw refuse(
      suffix === '' ? 'has no unit' : `has a unit that ${name} cannot have: ${suffix}`,
      hint,
    );
  }
  const limit =
    'factor' in unit ? Number(digits) * unit.factor : Number(`${digits}e${unit.exponent}`);
  if (!Number.isFinite(limit) || (metric.unit === 'share' && limit > 1)) {
    throw refuse(
      'is out of range',
      metric.unit === 'share' ? 'a share is 0% to 100%, or 0 to 1' : hint,
    );
  }
  return { expression, metric: metric.name, operator: operator as Operator, limit };
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
  const { unit, value: of } = metricOf(metric);
  const value = of(cell);
  return {
    expression,
    cell: cell.id,
    value,
    limit,
    unit: UNITS[unit].name,
    passed: value !== null && holds(value, operator, limit),
  };
}

export function holds(value: number, operator: Operator, limit: number): boolean {
  if (operator === '<') return value < limit;
  if (operator === '<=') return value <= limit;
  return operator === '>' ? value > limit : value >= limit;
}
