/** What a search varies, and from where to where. Pure. */
import { LabError } from '../../src/errors.js';
import { LIMITS, type RunConfig } from '../config.js';
import type { Axis } from './document.js';
import type { LoadRange } from './mlr/loads.js';

interface AxisFacts {
  /** As configurations call the list of its values. */
  readonly list: 'ratesPerSecond' | 'clients' | 'sizesBytes';
  readonly most: number;
}

const FACTS: Readonly<Record<Axis, AxisFacts>> = {
  rate: { list: 'ratesPerSecond', most: LIMITS.ratePerSecond },
  clients: { list: 'clients', most: LIMITS.clients },
  size: { list: 'sizesBytes', most: LIMITS.sizeBytes },
};

/** The configuration at a load. */
export function withLoad(config: RunConfig, axis: Axis, load: number): RunConfig {
  return { ...config, [FACTS[axis].list]: [load] };
}

/**
 * The loads of a search. It begins at the value that the configuration has.
 * @param initialS seconds of the shortest trials, in which a message must come
 * @throws LAB_ERR_BAD_VALUE for a list, a pace that is not a number, and a start that is no load
 */
export function rangeOf(config: RunConfig, axis: Axis, initialS: number): LoadRange {
  const { list, most } = FACTS[axis];
  const values = config[list];
  const [start] = values ?? [];
  if (values === null || start === undefined || values.length > 1) {
    const given = values === null ? 'a recorded pace' : `${values.length} values`;
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `\`${list}\` has ${given}, and a search that varies it begins at one`,
      { hint: 'give one value: where the search is to begin' },
    );
  }
  const min = { rate: Math.max(1, Math.ceil(1 / initialS)), clients: config.shards, size: 1 }[axis];
  if (Number.isInteger(start) && start >= min && start <= most) return { min, max: most, start };
  throw new LabError(
    'LAB_ERR_BAD_VALUE',
    `\`${list}\` ${start} is no load of a search: loads are whole numbers from ${min} to ${most}`,
    { hint: 'give a whole number: where the search is to begin' },
  );
}
