/** The answer: the card of the result, and what else is said of it on request. */
import type { LabResult } from '../../../bench/result/result.js';
import { cardOf } from '../../card.js';
import { lossSweepHeadlines } from '../../loss-sweep/of-result.js';
import { summarize } from '../../text/summary.js';
import { sentenceHtml } from '../view/escape.js';

export function answerHtml(result: LabResult): string {
  const { headline, trust, changes, carried } = summarize(result);
  const rest = [...lossSweepHeadlines(result), headline, ...carried, ...trust, ...changes];
  const items = rest.map((text) => `<li>${sentenceHtml(text)}</li>`).join('');
  return [
    '<section class="answer" aria-label="Answer"><dl>',
    ...cardOf(result).map(({ label, text }) => `<dt>${label}</dt><dd>${sentenceHtml(text)}</dd>`),
    '</dl>',
    `<details><summary>More on it</summary><ul>${items}</ul></details>`,
    '</section>',
  ].join('\n');
}
