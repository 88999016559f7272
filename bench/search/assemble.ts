/** The document of a search from what was asked for and what was measured. Pure. */
import type { LocalCell } from '../config.js';
import { NO_LINK } from '../link/link-spec.js';
import { metricOf } from '../metric-catalogue.js';
import { answerOf } from './answer.js';
import {
  SEARCH_SCHEMA,
  type SearchCombination,
  type SearchDocument,
  type SearchMachine,
} from './document.js';
import type { SearchPlan } from './plan.js';
import type { CombinationRecord } from './session.js';

/** What the plan and the trials do not say. */
export interface SearchFacts {
  readonly version: string;
  readonly startedAt: string;
  readonly durationS: number;
  readonly command: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Null before the first trial is over. */
  readonly machine: SearchMachine | null;
  readonly ended: SearchDocument['ended'];
}

export function searchDocument(
  plan: SearchPlan,
  records: readonly CombinationRecord[],
  facts: SearchFacts,
): SearchDocument {
  const { axis, range, timing, goals, quick, config } = plan;
  const combinations = records.map((record) => combinationOf(plan, record, facts.machine));
  const isOpen = combinations.some(({ answers }) =>
    answers.some(({ status }) => status === 'open'),
  );
  return {
    schema: SEARCH_SCHEMA,
    tool: { name: 'streampulse-lab', version: facts.version },
    started_at: facts.startedAt,
    duration_s: facts.durationS,
    command: facts.command,
    settings: { ...facts.settings },
    seed: config.seed,
    machine: facts.machine,
    incomplete: isOpen || facts.ended !== null,
    ended: facts.ended,
    vary: axis,
    start: range.start,
    smallest: range.min,
    largest: range.max,
    quick,
    initial_s: timing.initialS,
    final_s: timing.finalS,
    duration_sum_s: timing.durationSumS,
    exceed_ratio: timing.exceedRatio,
    width: timing.width,
    goals: goals.map(({ expression, objectives }) => ({
      expression,
      objectives: objectives.map((one) => ({ ...one, unit: metricOf(one.metric).unit })),
    })),
    combinations,
  };
}

function combinationOf(
  plan: SearchPlan,
  { combination, trials, profile }: CombinationRecord,
  machine: SearchMachine | null,
): SearchCombination {
  const { transport, codec, flush, link, repair, congestion, policy } = combination;
  const { axis, goals } = plan;
  return {
    name: nameOf(combination, plan),
    ...{ transport, codec, flush, repair, congestion, policy },
    link: link === NO_LINK ? null : link,
    clients: axis === 'clients' ? null : combination.clients,
    rate_per_s: axis === 'rate' ? null : combination.ratePerSecond,
    size_bytes: axis === 'size' ? null : combination.sizeBytes,
    answers: goals.map((_, i) => answerOf(plan, combination, trials, i, machine?.cores ?? null)),
    trials: [...trials],
    profile: [...profile],
  };
}

/** `udp/line-json repair nak over 4g`: what tells one combination from another. */
export function nameOf(
  cell: Omit<LocalCell, 'id' | 'run'>,
  { config, axis }: Pick<SearchPlan, 'config' | 'axis'>,
): string {
  const { transport, codec, flush, link, repair, congestion, policy } = cell;
  const rates = config.ratesPerSecond ?? [];
  return [
    `${transport}/${codec}`,
    ...(flush === 'auto' ? [] : [`flush ${flush}`]),
    ...(repair === 'none' ? [] : [`repair ${repair}`]),
    ...(congestion === 'default' ? [] : [`congestion ${congestion}`]),
    ...(policy === 'drop-oldest' ? [] : [`policy ${policy}`]),
    ...(link === NO_LINK ? [] : [`over ${link}`]),
    ...(axis !== 'clients' && config.clients.length > 1 ? [`${cell.clients} clients`] : []),
    ...(axis !== 'rate' && rates.length > 1 ? [`${cell.ratePerSecond}/s`] : []),
    ...(axis !== 'size' && config.sizesBytes.length > 1 ? [`${cell.sizeBytes} B`] : []),
  ].join(' ');
}
