/**
 * What a cell says of a goal: it holds, it does not and what broke it, or the trial is void. Pure.
 */
import { theilSenSlope } from '../../src/stats/theil-sen.js';
import { metricOf } from '../metric-catalogue.js';
import type { CellResult } from '../result/result.js';
import { lostFrom } from '../result/survivors.js';
import { holds } from '../verdict/threshold.js';
import { type Broken, type Judgement, UNSUSTAINED } from './document.js';
import { failureDoubt, instrumentFault, passDoubt, serverFault } from './doubt.js';
import { type Goal, latencyLimit, type Objective } from './objective.js';

/** Of the limit of the latency, in a second: a latency that grows faster has no steady state. */
const GROWTH_SHARE = 0.05;
/** Whole seconds without which a slope says nothing. */
const FEWEST_SECONDS = 3;

export function judgeTrial(cell: CellResult, goal: Goal): Judgement {
  const fault = instrumentFault(cell);
  if (fault !== undefined) return { ...NOTHING, outcome: 'void', reason: fault };
  const values = goal.objectives.map((objective) => ({
    objective,
    value: figureOf(objective, cell),
  }));
  const broken = [
    ...values.flatMap(({ objective, value }) => brokenBy(objective, value, cell)),
    ...growthOf(cell, goal),
  ];
  const server = serverFault(cell);
  if (server !== undefined)
    broken.push({ what: server.code, ...NO_METRIC, message: server.message });
  if (broken.length > 0) {
    const metrics = values
      .filter(({ objective }) => broken.some(({ what }) => what === objective.expression))
      .map(({ objective }) => objective.metric);
    const doubt = failureDoubt(cell, server === undefined ? metrics : [...metrics, null]);
    return doubt === undefined
      ? { ...NOTHING, outcome: 'fail', broken }
      : { ...NOTHING, outcome: 'void', broken, reason: doubt };
  }
  const untold = values.find(({ value }) => value === null);
  if (untold !== undefined)
    return {
      ...NOTHING,
      outcome: 'void',
      untold: true,
      reason: untoldReason(untold.objective, cell),
    };
  const doubt = passDoubt(
    cell,
    goal.objectives.filter((one) => !holdsAtReceipt(one, cell)).map(({ metric }) => metric),
  );
  return doubt === undefined
    ? { ...NOTHING, outcome: 'pass' }
    : { ...NOTHING, outcome: 'void', reason: doubt };
}

const NOTHING = { untold: false, broken: [] as Broken[], reason: null } as const;
const NO_METRIC = { metric: null, value: null, limit: null } as const;

function figureOf({ metric }: Objective, cell: CellResult): number | null {
  return metricOf(metric).value(cell);
}

function brokenBy(objective: Objective, value: number | null, cell: CellResult): Broken[] {
  const { expression, metric, operator, limit } = objective;
  const what = { what: expression, metric, value, limit };
  if (value !== null) return holds(value, operator, limit) ? [] : [{ ...what, message: '' }];
  const { survival } = metricOf(metric);
  // What never arrived has no latency: the percentile of all messages is beyond any limit.
  const lost = survival === undefined ? null : lostFrom(...survival, cell);
  return lost === null ? [] : [{ ...what, message: 'too much is lost to have that percentile' }];
}

/** The growth of the median latency over the window, µs per second; null where none is told. */
export function growthMicros({ series, duration_s }: CellResult): number | null {
  const points = series
    .filter(({ second, p50_us }) => second + 1 <= duration_s && p50_us !== null)
    .map(({ second, p50_us }) => ({ x: second, y: p50_us as number }));
  return points.length < FEWEST_SECONDS ? null : theilSenSlope(points);
}

function growthOf(cell: CellResult, goal: Goal): Broken[] {
  const limit = latencyLimit(goal);
  const growth = growthMicros(cell);
  if (limit === null || growth === null || growth <= GROWTH_SHARE * limit) return [];
  const message = 'the median latency grew from second to second: there is no steady state';
  return [{ what: UNSUSTAINED, metric: null, value: growth, limit: GROWTH_SHARE * limit, message }];
}

function untoldReason({ metric }: Objective, cell: CellResult): Judgement['reason'] {
  const { stamped } = metricOf(metric);
  if (stamped === true && cell.latency_at === 'receipt')
    return {
      code: 'NOT_STAMPED',
      message: `${metric} needs stamps of the kernel, and nothing that the clients read had one`,
      hint: `ask for receipt_${metric.replace(/^\w+_/, '')}, or use Linux and a native receiver`,
    };
  return {
    code: 'TOO_FEW_SAMPLES',
    message: `a trial of ${cell.duration_s} s has too few samples for ${metric}, or none at all`,
    hint: 'make the deciding trials longer, or begin at a larger load',
  };
}

/** The time of a latency to its receipt is above that to its arrival, so it holds all the more. */
function holdsAtReceipt({ metric, operator, limit }: Objective, cell: CellResult): boolean {
  const quantile = /^(?:arrival_)?(p50|p90|p99|p999|max)$/.exec(metric)?.[1];
  if (quantile === undefined) return false;
  const receipt = cell.receipt_us[quantile as 'p50'];
  return receipt !== null && holds(receipt, operator, limit);
}
