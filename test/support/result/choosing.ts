/** Asking a question of hand-made results. */
import { chooseFrom } from '../../../bench/choose/choose.js';
import type { ChoiceDocument } from '../../../bench/choose/document.js';
import { choiceSchema } from '../../../bench/choose/document.js';
import type { Capacity } from '../../../bench/choose/evidence/capacity.js';
import { parseObjectives } from '../../../bench/choose/question/objectives.js';
import { DEFAULT_QUESTION, type Question } from '../../../bench/choose/question/question.js';
import type { LabResult } from '../../../bench/result/result.js';

/** The answer, which is held against its schema. */
export function ask(
  results: LabResult | readonly LabResult[],
  question: Partial<Question> & { readonly slo?: string } = {},
  capacities: readonly Capacity[] = [],
): ChoiceDocument {
  const { slo, ...rest } = question;
  const objectives = slo === undefined ? [] : parseObjectives('--slo', slo);
  const all = Array.isArray(results) ? (results as readonly LabResult[]) : [results as LabResult];
  const document = chooseFrom(
    all.map((result, i) => ({ name: `result ${i + 1}`, result })),
    { ...DEFAULT_QUESTION, objectives, ...rest },
    {
      version: '0.1.0',
      capacities,
      commandOf: ({ stacks, links, runs }) =>
        `lab run --stack ${stacks.map(({ transport, repair }) => `${transport}/repair=${repair}`).join(',')} --link ${links.join(',')} --repeat ${runs}`,
    },
  );
  return choiceSchema.parse(document);
}

/** What stacks are called in a test: `udp nak`. */
export function chosen({ answer, stacks }: ChoiceDocument): string[] {
  return answer.stacks.map((i) => nameOf(stacks[i]!));
}

export function nameOf({
  transport,
  repair,
}: Pick<ChoiceDocument['stacks'][number], 'transport' | 'repair'>): string {
  return repair === 'none' || repair === null ? transport : `${transport} ${repair}`;
}

/** The stack of that name. */
export function stackNamed(
  { stacks }: ChoiceDocument,
  name: string,
): ChoiceDocument['stacks'][number] {
  return stacks.find((stack) => nameOf(stack) === name)!;
}
