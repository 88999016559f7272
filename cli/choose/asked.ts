/** The question that flags, a file and the defaults make together. Pure. */
import { checkObjectives } from '../../bench/choose/question/objectives.js';
import { DEFAULT_QUESTION, type Question } from '../../bench/choose/question/question.js';
import { LabError } from '../../src/errors.js';
import { type AskedPart, deadlineObjective } from './question-flags.js';

export interface Asked {
  readonly question: Question;
  readonly deadlineMs: number | null;
}

/**
 * Later parts override earlier ones.
 * @throws LAB_ERR_BAD_VALUE when they contradict each other
 */
export function askedOf(parts: readonly AskedPart[]): Asked {
  const { deadlineMs, ...given }: AskedPart = Object.assign({}, ...parts);
  const question: Question = { ...DEFAULT_QUESTION, ...given };
  const objectives = [
    ...question.objectives,
    ...(deadlineMs === undefined ? [] : [deadlineObjective(deadlineMs)]),
  ];
  checkObjectives('--slo', objectives);
  if (question.browsers && question.multicast === 'must') {
    throw new LabError('LAB_ERR_BAD_VALUE', '--browsers and --multicast contradict each other', {
      hint: 'browsers receive no multicast: drop one of them',
    });
  }
  return { question: { ...question, objectives }, deadlineMs: deadlineMs ?? null };
}
