/** Objectives: `staleness_p99<500ms,loss=0`, which must hold together. Pure. */
import { LabError } from '../../../src/errors.js';
import { quoted } from '../../../src/options/values.js';
import { metricOf } from '../../metric-catalogue.js';
import { parseThreshold, type Threshold } from '../../verdict/threshold.js';

/**
 * A comma list of conditions as thresholds have them, with their units; `loss=0` is the best that
 * the metric can be.
 * @throws LAB_ERR_BAD_VALUE for what is no condition, and for conditions that contradict each other
 */
export function parseObjectives(flag: string, text: string): Threshold[] {
  const objectives = text.split(',').map((part) => parseObjective(flag, part.trim()));
  checkObjectives(flag, objectives);
  return objectives;
}

function parseObjective(flag: string, text: string): Threshold {
  const [, name, limit] = /^(\w+)\s*=\s*([^=].*)$/.exec(text) ?? [];
  if (name === undefined || limit === undefined) return parseThreshold(flag, text);
  const atMost = parseThreshold(flag, `${name}<=${limit}`);
  const { better } = metricOf(atMost.metric);
  const best = better === 'lower' ? 0 : 1;
  const isBest = atMost.limit === best && (best === 0 || atMost.metric === 'reach');
  if (!isBest) {
    throw new LabError('LAB_ERR_BAD_VALUE', `${flag} ${quoted(text)} is no limit`, {
      hint: `say from where on it is too ${better === 'lower' ? 'much' : 'little'}: ${name}${better === 'lower' ? '<' : '>'}${limit}`,
    });
  }
  return { ...atMost, expression: text, operator: better === 'lower' ? '<=' : '>=' };
}

const isUpper = ({ operator }: Threshold): boolean => operator.startsWith('<');

/** @throws LAB_ERR_BAD_VALUE when no value can meet all, or one says what another says */
export function checkObjectives(flag: string, objectives: readonly Threshold[]): void {
  for (const [i, one] of objectives.entries()) {
    for (const other of objectives.slice(0, i)) {
      if (one.metric !== other.metric) continue;
      const [a, b] = [other.expression, one.expression].map(quoted);
      if (isUpper(one) === isUpper(other)) {
        throw new LabError(
          'LAB_ERR_BAD_VALUE',
          `${flag} limits ${one.metric} twice: ${a} and ${b}`,
          {
            hint: 'keep the stricter one',
          },
        );
      }
      const [upper, lower] = isUpper(one) ? [one, other] : [other, one];
      const touches = upper.operator === '<=' && lower.operator === '>=';
      if (lower.limit < upper.limit || (touches && lower.limit === upper.limit)) continue;
      throw new LabError('LAB_ERR_BAD_VALUE', `${flag} ${a} and ${b} contradict each other`, {
        hint: 'no figure can meet both: drop one of them',
      });
    }
  }
}

/** Whether a figure meets an objective. */
export function meets(
  { operator, limit }: Pick<Threshold, 'operator' | 'limit'>,
  value: number,
): boolean {
  if (operator === '<') return value < limit;
  if (operator === '<=') return value <= limit;
  return operator === '>' ? value > limit : value >= limit;
}
