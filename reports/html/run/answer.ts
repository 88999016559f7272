/** The answer, in three lines. */
import type { LabResult } from '../../../bench/result/result.js';
import { lossSweepHeadlines } from '../../loss-sweep/of-result.js';
import { summarize } from '../../text/summary.js';
import { sentenceHtml } from '../view/escape.js';

export function answerHtml(result: LabResult): string {
  const { headline, trust, changes, carried } = summarize(result);
  const lines = [
    { name: 'Answer', text: [...lossSweepHeadlines(result), headline][0]! },
    { name: 'Because', text: trust[0] },
    { name: 'Unless', text: changes[0] },
  ].filter(({ text }) => text !== undefined);
  const rest = [...lossSweepHeadlines(result), headline, ...carried, ...trust, ...changes].filter(
    (text) => lines.every((line) => line.text !== text),
  );
  return [
    '<section class="answer" aria-label="Answer"><dl>',
    ...lines.map(({ name, text }) => `<dt>${name}</dt><dd>${sentenceHtml(text!)}</dd>`),
    '</dl>',
    rest.length === 0
      ? ''
      : `<details><summary>More on it</summary><ul>${rest.map((text) => `<li>${sentenceHtml(text)}</li>`).join('')}</ul></details>`,
    '</section>',
  ].join('\n');
}
