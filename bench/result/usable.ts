import type { CellResult } from './result.js';

/**
 * May the figures of a cell support a claim? Not when it is INVALID, cut short, or without a single
 * delivery: such a run is neither repeated for, compared nor ranked, and no median counts it. Pure.
 */
export function isUsable({ verdict, incomplete, delivered }: CellResult): boolean {
  return verdict.status !== 'INVALID' && !incomplete && delivered !== null && delivered > 0;
}
