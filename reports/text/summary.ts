/**
 * The summary in plain words: who did best at what, on what evidence, how far to trust it, what
 * would change it. Plain text without markup, so that a terminal can print it too;
 * `markdown-summary.ts` lays it out.
 */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { formatInteger, formatMicros, formatPercent, formatRatio } from '../format.js';
import { listWords, pairName, plural, workloadsOf } from '../model/cells.js';
import {
  type Contender,
  contendersOf,
  decide,
  type Metric,
  metricsFor,
  type Outcome,
  type WorkloadSummary,
} from '../model/ranking.js';
import { contenderName, leadersName, leadRatio, outcomeWords } from './leaders.js';
import { trustNotes, whatWouldChange } from './summary-notes.js';

interface Summary {
  readonly headline: string;
  /** Workloads with at least two contenders. */
  readonly compared: readonly WorkloadSummary[];
  readonly trust: readonly string[];
  readonly changes: readonly string[];
}

/** What the result says, from the result alone. Never names an INVALID cell as best. */
export function summarize(result: LabResult): Summary {
  const metrics = metricsFor(result.cells);
  const all = workloadsOf(result).map((workload): WorkloadSummary => {
    const contenders = contendersOf(workload);
    return { workload, contenders, outcomes: metrics.map((metric) => decide(metric, contenders)) };
  });
  const compared = all.filter(({ contenders }) => contenders.length > 1);
  return {
    headline: headlineOf(result, all, compared),
    compared,
    trust: trustNotes(result, all, compared),
    changes: compared.length === 0 ? [] : whatWouldChange(result, compared),
  };
}

function headlineOf(
  result: LabResult,
  all: readonly WorkloadSummary[],
  compared: readonly WorkloadSummary[],
): string {
  const [only] = compared;
  if (only === undefined) return nothingToCompare(result, all);
  return `${compared.length > 1 ? tally(compared) : sentence(only)} ${caveat(result, compared)}`;
}

/** `With 100 clients …, a had …, b used … and there is no clear difference in …`. */
function sentence({ workload, outcomes }: WorkloadSummary): string {
  const ties = outcomes.filter((outcome) => isTie(outcome) && outcome.metric.key !== 'missing');
  const clauses = outcomes.filter((outcome) => !ties.includes(outcome)).map(clause);
  if (ties.length > 0) {
    const what = ties.map(
      ({ metric, leaders }) => `${METRIC_NOUN[metric.key]} (${spread(leaders, metric.format)})`,
    );
    clauses.push(`there is no clear difference in ${listWords(what)}`);
  }
  return `With ${workload.name}, ${listWords(clauses)}.`;
}

/** The shortest honest word on the strength of the evidence; `trustNotes` has the rest. */
function caveat({ cells }: LabResult, compared: readonly WorkloadSummary[]): string {
  const runs = compared.flatMap(({ contenders }) =>
    contenders.map((contender) => contender.runs.length),
  );
  const evidence =
    Math.min(...runs) === 1
      ? 'One run each is weak evidence.'
      : 'Figures are medians over the runs.';
  const invalid = cells.filter((cell) => cell.verdict.status === 'INVALID').length;
  return invalid === 0
    ? evidence
    : `${evidence} ${invalid} of ${plural(cells.length, 'cell')} INVALID and left out.`;
}

function isTie({ leaders, others }: Outcome): boolean {
  return leaders.length > 1 && others.length === 0;
}

function nothingToCompare(result: LabResult, all: readonly WorkloadSummary[]): string {
  const { cells } = result;
  if (cells.length === 0) return 'No cell was measured, so there is nothing to report.';
  const contenders = all.flatMap((one) => one.contenders.map((contender) => ({ contender, one })));
  const [first] = contenders;
  if (first === undefined) return nothingUsable(result);
  if (contenders.length > 1) {
    return `Nothing is comparable: each of the ${all.length} workloads has only one transport and codec with usable figures, and figures of different workloads are never compared.`;
  }
  const others = cells.length - first.contender.runs.length;
  const why =
    others === 0 ? 'There is nothing to compare with' : `Only one of the pairs has usable figures`;
  return `${why}; here is what ${contenderName(first.contender)} did with ${first.one.workload.name}: ${whatItDid(first.contender)}.`;
}

function nothingUsable({ cells }: LabResult): string {
  const invalid = cells.filter((cell) => cell.verdict.status === 'INVALID').length;
  if (invalid === cells.length) {
    return `No winner can be named: ${cells.length === 1 ? 'the only cell is' : `all ${cells.length} cells are`} INVALID. The verdicts below say why and what to do next.`;
  }
  const [only, ...rest] = cells;
  if (only !== undefined && rest.length === 0) {
    if (only.delivered === 0)
      return 'There is nothing to compare: the only cell delivered nothing.';
    return `The only cell, ${pairName(only)}, was cut short. Until then: ${figuresOf(only)}.`;
  }
  return `No winner can be named: none of ${cells.length} cells is complete, not INVALID and has a delivery.`;
}

function whatItDid({ runs }: Contender): string {
  return runs
    .map((cell) => (runs.length === 1 ? '' : `run ${cell.run}: `) + figuresOf(cell))
    .join('; ');
}

function figuresOf({
  delivered,
  expected,
  reach,
  latency_us: { p99 },
  pdv_us,
  target,
}: CellResult): string {
  const apart = target?.common_clock === false;
  const tail = apart
    ? `no latency, as the clocks differ (p99 above the fastest delivery: ${formatMicros(pdv_us.p99)})`
    : p99 === null
      ? 'too few samples for a p99 latency'
      : `p99 latency ${formatMicros(p99)}`;
  return `${formatInteger(delivered)} of ${formatInteger(expected)} messages delivered (${formatPercent(reach)}), ${tail}`;
}

const VERB: Readonly<Record<Metric['key'], string>> = {
  p50: 'had the lowest p50 latency',
  p99: 'had the lowest p99 latency',
  p999: 'had the lowest p99.9 latency',
  missing: 'delivered the most',
  cpu: 'used the least server CPU per delivery',
  bytes: 'put the fewest bytes on the wire per delivery',
};

/** Names a metric in "no clear difference in …". */
const METRIC_NOUN: Readonly<Record<Metric['key'], string>> = {
  p50: 'p50 latency',
  p99: 'p99 latency',
  p999: 'p99.9 latency',
  missing: 'delivery',
  cpu: 'server CPU',
  bytes: 'bytes on the wire',
};

function clause(outcome: Outcome): string {
  const { metric, leaders, others } = outcome;
  const best = leaders[0];
  if (best === undefined) return `${METRIC_NOUN[metric.key]} cannot be ranked`;
  const second = others[0];
  if (second === undefined) return tieClause(outcome);
  const winner = leadersName(outcome);
  const bestFigure = metric.format(best.value);
  if (metric.key === 'missing') {
    const did = best.value === 0 ? 'delivered everything' : `delivered the most (${bestFigure})`;
    return `${winner} ${did} while ${others.length > 1 ? 'others' : contenderName(second.contender)} missed ${spread(outcome.others, formatPercent)}`;
  }
  const ratio = leadRatio(outcome);
  return `${winner} ${VERB[metric.key]} (${bestFigure}; next ${contenderName(second.contender)} with ${ratio === null ? metric.format(second.value) : `${formatRatio(ratio)} that`})`;
}

/** Nobody is clearly behind: delivery tied, or only one contender could be ranked. */
function tieClause({ metric, leaders }: Outcome): string {
  const [best] = leaders;
  if (leaders.length === 1) {
    return `only ${contenderName(best!.contender)} can be ranked on ${METRIC_NOUN[metric.key]} (${metric.format(best!.value)})`;
  }
  if (leaders.every(({ value }) => value === 0)) return 'all delivered everything';
  return `there is no clear difference in delivery (${spread(leaders, formatPercent)} missing)`;
}

function spread(standings: Outcome['leaders'], format: (value: number) => string): string {
  const [low, high] = [format(standings[0]!.value), format(standings.at(-1)!.value)];
  return low === high ? low : `${low} to ${high}`;
}

/** Over several workloads: how often who was best. The table below it has the figures. */
function tally(compared: readonly WorkloadSummary[]): string {
  const clauses = compared[0]!.outcomes.map(({ metric }, i) => {
    const wins = new Map<string, number>();
    for (const { outcomes } of compared) {
      const name = outcomeWords(outcomes[i]!);
      wins.set(name, (wins.get(name) ?? 0) + 1);
    }
    const [only] = wins;
    const said =
      wins.size === 1
        ? `${only![0]} in all ${compared.length}`
        : [...wins].map(([name, n]) => `${name} in ${n}`).join(', ');
    return `${metric.best}: ${said}`;
  });
  return `Over ${compared.length} workloads: ${clauses.join('; ')}.`;
}
