/**
 * A service-level objective: what must hold at a load, `p99<50ms,loss=0`. Conditions are those of
 * `--threshold`, and all of them must hold together. Pure.
 */
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { findMetric, type Metric, metricOf } from '../metric-catalogue.js';
import { parseThreshold, type Threshold } from '../verdict/threshold.js';

/** One condition. */
export type Objective = Threshold;

/** Conditions that must hold together. */
export interface Goal {
  /** As given. */
  readonly expression: string;
  readonly objectives: readonly Objective[];
}

/** What people call them here, and thresholds do not. */
const ALIASES: Readonly<Record<string, string>> = { server_cpu: 'cpu', server_rss: 'rss' };

/**
 * `flag` is what messages call the option.
 * @throws LAB_ERR_BAD_VALUE for what is no condition, names no metric, has no unit, can never hold,
 * or wants the worse of a figure
 */
export function parseGoal(flag: string, text: string): Goal {
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) {
    const problem = text.trim() === '' ? 'is empty' : 'has an empty condition';
    throw refused(flag, text, problem, "write conditions with commas between: 'p99<50ms,loss=0'");
  }
  const objectives = items.map((item) => parseObjective(flag, item));
  for (const [i, { metric, expression }] of objectives.entries()) {
    const other = objectives.slice(0, i).find((one) => one.metric === metric);
    if (other === undefined) continue;
    throw refused(
      flag,
      text,
      `has two conditions for ${metric}: ${other.expression} and ${expression}`,
      'give the stricter one, or make it a goal of its own',
    );
  }
  return { expression: items.join(','), objectives };
}

function parseObjective(flag: string, item: string): Objective {
  const [, typed = '', operator = '', limit = ''] =
    /^([A-Za-z_]\w*)\s*([<>=]+)(.*)$/.exec(item) ?? [];
  const name = ALIASES[typed] ?? typed;
  const metric = findMetric(name);
  if (operator === '=' && metric !== undefined) return equality(flag, item, metric, limit.trim());
  const text = typed === '' ? item : `${name}${operator}${limit}`;
  const objective = { ...parseThreshold(flag, text), expression: item };
  refuseWrongWay(flag, objective);
  refuseImpossible(flag, objective);
  return objective;
}

/** `loss=0`, `reach=100%`: none, or all. */
function equality(flag: string, item: string, metric: Metric, limit: string): Objective {
  const operator = metric.better === 'lower' ? '<=' : '>=';
  const objective = parseThreshold(flag, `${metric.name}${operator}${limit}`);
  const end = metric.better === 'lower' ? 0 : 1;
  if (metric.unit === 'us' || objective.limit !== end || metric.unit === 'cpu_us') {
    throw refused(
      flag,
      item,
      'is no objective: = is for none and all (loss=0, reach=100%)',
      `write ${metric.name}${operator}${limit}`,
    );
  }
  return { ...objective, expression: item };
}

function refuseWrongWay(flag: string, { metric, operator, expression }: Objective): void {
  const { better, name } = metricOf(metric);
  if (name === 'goodput') {
    throw refused(
      flag,
      expression,
      'is no objective: more load delivers more by itself',
      'say what must hold while it does: p99<50ms,loss=0',
    );
  }
  if (operator.startsWith('<') === (better === 'lower')) return;
  throw refused(
    flag,
    expression,
    `is no objective: ${name} is better the ${better} it is`,
    `write ${name}${better === 'lower' ? '<' : '>'} and a limit`,
  );
}

function refuseImpossible(flag: string, { metric, operator, limit, expression }: Objective): void {
  const { unit } = metricOf(metric);
  const isTime = unit === 'us' || unit === 'cpu_us';
  const isNever =
    (limit === 0 && (operator === '<' || (operator === '<=' && isTime))) ||
    (unit === 'share' && operator === '>' && limit === 1);
  if (!isNever) return;
  throw refused(
    flag,
    expression,
    'can never hold',
    isTime ? `give ${metric} a time above 0` : 'for none write loss=0, for all reach=100%',
  );
}

function refused(flag: string, text: string, problem: string, hint: string): LabError {
  return new LabError('LAB_ERR_BAD_VALUE', `${flag} ${quoted(text)} ${problem}`, { hint });
}

/** The strictest limit of a latency, µs: what a growth of the latency is held against. */
export function latencyLimit({ objectives }: Goal): number | null {
  const limits = objectives
    .filter(({ metric }) => metricOf(metric).unit === 'us' && !/^(schedule|instr|jit)/.test(metric))
    .map(({ limit }) => limit);
  return limits.length === 0 ? null : Math.min(...limits);
}
