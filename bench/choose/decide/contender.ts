/** What the decision is made of: eligible stacks with the figures of each of their runs. Pure. */
import type { Figures } from '../evidence/figures.js';
import type { ObjectiveFinding } from './feasible.js';

/** `pass`: it meets every objective. `fail`: it misses one. */
export type Standing = 'pass' | 'fail' | 'undecided';

export interface Contender {
  readonly key: string;
  /** By link. */
  readonly cells: readonly ContenderCell[];
  readonly standing: Standing;
}

export interface ContenderCell {
  readonly runs: readonly Figures[];
  /** Medians over the runs. */
  readonly typical: Figures;
  readonly latencyAt: 'arrival' | 'receipt';
  readonly objectives: readonly ObjectiveFinding[];
}

/** Of all its objectives behind all links. */
export function standingOf(findings: readonly ObjectiveFinding[]): Standing {
  if (findings.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return findings.every(({ verdict }) => verdict === 'pass') ? 'pass' : 'undecided';
}
