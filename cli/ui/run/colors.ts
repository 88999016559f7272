/** The colours of verdicts. */
import type { CellResult } from '../../../bench/result/result.js';

export const COLORS = {
  VALID: 'green',
  SUSPECT: 'yellow',
  INVALID: 'red',
} as const satisfies Record<CellResult['verdict']['status'], string>;
