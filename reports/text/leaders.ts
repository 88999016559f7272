/** The words for the end of a contest: who leads, by how much. */
import { listWords } from '../model/cells.js';
import type { Contender, Outcome } from '../model/ranking.js';

/** `udp/msgpack`, with its warning when one of its runs is SUSPECT, and when some were left out. */
export function contenderName({ name, suspect, runs, leftOut }: Contender): string {
  const selection = leftOut === 0 ? '' : ` (${runs.length} of ${runs.length + leftOut} runs)`;
  return `${suspect ? '⚠ SUSPECT ' : ''}${name}${selection}`;
}

/**
 * The leaders in as few words as are true: `msgpack on both transports`, `tcp with both codecs`, or
 * their names.
 */
export function leadersName({ leaders, others }: Outcome): string {
  const contenders = leaders.map(({ contender }) => contender);
  const rest = others.map(({ contender }) => contender);
  const [first] = contenders;
  if (
    first !== undefined &&
    contenders.length > 1 &&
    !contenders.some(({ suspect, leftOut }) => suspect || leftOut > 0)
  ) {
    const every = contenders.length === 2 ? 'both' : 'all';
    if (
      contenders.every(({ codec }) => codec === first.codec) &&
      rest.every(({ codec }) => codec !== first.codec)
    ) {
      return `${first.codec} on ${every} transports`;
    }
    const { transport } = first;
    if (
      contenders.every((one) => one.transport === transport) &&
      rest.every((one) => one.transport !== transport)
    ) {
      return `${transport} with ${every} codecs`;
    }
  }
  return listWords(contenders.map(contenderName));
}

/** Runner-up ÷ best; null when there is no runner-up or the best is 0. */
export function leadRatio({ leaders, others }: Outcome): number | null {
  const [best, second] = [leaders[0], others[0]];
  return best === undefined || second === undefined || best.value === 0
    ? null
    : second.value / best.value;
}

/** The winner's name, or why there is none. */
export function outcomeWords(outcome: Outcome): string {
  const { metric, leaders, others } = outcome;
  if (leaders.length === 0) return 'cannot be ranked';
  if (others.length > 0 || leaders.length === 1) return leadersName(outcome);
  if (metric.key === 'missing' && leaders.every(({ value }) => value === 0))
    return 'all delivered everything';
  return 'no clear difference';
}
