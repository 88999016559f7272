/** What is to be said of an answer besides its bounds. Pure. */
import type { SearchAnswer, SearchDocument } from '../../bench/search/document.js';
import { plural } from '../model/cells.js';
import { bindingText, causeText, loadText, stateParts, throughputText } from './words.js';

/** A label and its text. */
export type Fact = readonly [label: string, text: string];

export function answerFacts(answer: SearchAnswer, document: SearchDocument): Fact[] {
  const { binds, limit, inversions, conditional_throughput: throughput } = answer;
  return [
    ...(throughput === null ? [] : [['carries', throughputText(answer)] as const]),
    ...(binds === null
      ? []
      : ([
          ['breaks first', bindingText(binds, document)],
          ['because', causeText(binds)],
          ...stateParts(binds).map((text) => ['there', text] as const),
        ] as const)),
    ...(limit === null
      ? []
      : [
          [
            'instrument',
            `${limit.code} in ${plural(limit.trials, 'trial')} at ${loadText(document.vary, limit.load)}: ${limit.message}`,
          ] as const,
          ['what to do', limit.hint] as const,
        ]),
    ...inversions.map(
      ({ load, passed, trials }) =>
        [
          'inversion',
          `${passed} of ${plural(trials, 'trial')} at ${loadText(document.vary, load)} held all the same, above a load that does not: the smaller load counts`,
        ] as const,
    ),
  ];
}

/** Of the whole: why it is not to be taken as it stands. */
export function searchNotes({ ended, combinations }: SearchDocument): string[] {
  const trials = combinations.flatMap((one) => one.trials);
  const voids = trials.filter(({ judgements }) =>
    judgements.some(({ outcome }) => outcome === 'void'),
  );
  return [
    ...(ended === null
      ? []
      : [`⚠ it ended before its end: ${ended.message}. What follows is what was known by then.`]),
    ...(voids.length === 0
      ? []
      : [`${voids.length} of ${plural(trials.length, 'trial')} were void: ${codesOf(voids)}`]),
  ];
}

function codesOf(trials: SearchDocument['combinations'][number]['trials']): string {
  const counts = new Map<string, number>();
  for (const { judgements } of trials) {
    const code = judgements.find(({ outcome }) => outcome === 'void')?.reason?.code ?? 'unknown';
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => `${count} × ${code}`).join(', ');
}
