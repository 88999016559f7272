import type { CellResult } from '../../bench/result/result.js';
import { flagWords } from '../args/flag-words.js';

/** The same with flags: what went wrong in a cell may be an error of the library. */
export function cellInFlags<C extends Pick<CellResult, 'verdict' | 'ceiling'>>(cell: C): C {
  const reasons = cell.verdict.reasons.map((reason) => ({
    ...reason,
    message: flagWords(reason.message),
    hint: flagWords(reason.hint),
  }));
  const { verdict, ceiling } = cell;
  const reason = ceiling?.reason == null ? null : flagWords(ceiling.reason);
  return {
    ...cell,
    verdict: { ...verdict, reasons },
    ceiling: ceiling === null ? null : { ...ceiling, reason },
  };
}
