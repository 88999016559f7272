/** A choice as one HTML file, a pure function of it. */
import type { ChoiceDocument } from '../../../bench/choose/document.js';
import { card } from '../../choose/card.js';
import {
  becomesWords,
  flipCondition,
  heldRanges,
  nearestFlips,
  sourceWords,
} from '../../choose/flip-words.js';
import { ruledOutLines, undecidedLines } from '../../choose/rows.js';
import { tornadoChart } from '../../choose/tornado.js';
import { linkWords, loadWords } from '../../choose/words.js';
import { listWords } from '../../model/cells.js';
import { dataLink, embedJson } from '../data-link.js';
import { pageDocument } from '../document.js';
import { REPORT_SCRIPT, REPORT_SCRIPT_HASH } from '../page-assets.js';
import { inlineChart } from '../run/pictures.js';
import { escapeHtml, sentenceHtml } from '../view/escape.js';
import { tableHtml } from '../view/table.js';
import { evidenceTable } from './evidence-table.js';

export function renderHtmlChoice(document: ChoiceDocument): string {
  const chart = document.answer.kind === 'choice' ? tornadoChart(document) : undefined;
  const table = evidenceTable(document);
  const { objectives } = document.question;
  return pageDocument({
    title: `Which transport: ${loadWords(document)}`,
    facts: [linkWords(document), ...(objectives.length === 0 ? [] : [listWords(objectives)])],
    top: [
      cardHtml(document),
      chart === undefined ? '' : inlineChart({ file: 'flips.svg', svg: chart }),
    ].join('\n'),
    sections: [
      {
        id: 'figures',
        title: 'Evidence',
        html: `<div class="scroll" tabindex="0" role="region" aria-label="Evidence">${tableHtml(table)}</div>`,
      },
      { id: 'flips', title: 'What would change it', html: flipsHtml(document) },
      { id: 'undecided', title: 'Not decided', html: list(undecidedLines(document)) },
      { id: 'ruled-out', title: 'Ruled out', html: list(ruledOutLines(document)) },
      { id: 'reproduce', title: 'Made from, and the data', html: sourcesHtml(document) },
    ],
    script: { text: REPORT_SCRIPT, hash: REPORT_SCRIPT_HASH },
    model: { table, charts: [] },
  });
}

function cardHtml(document: ChoiceDocument): string {
  const lines = card(document).map(({ label, text }) => {
    const said = label === 'RUN' ? `<code>${escapeHtml(text)}</code>` : sentenceHtml(text);
    return `<dt>${label}</dt><dd>${said}</dd>`;
  });
  return `<section class="answer" aria-label="Answer"><dl>\n${lines.join('\n')}\n</dl></section>`;
}

function flipsHtml(document: ChoiceDocument): string {
  const held = heldRanges(document);
  return [
    list(
      nearestFlips(document).map(
        (flip) => `${flipCondition(flip)}: ${becomesWords(document, flip)} (${sourceWords(flip)})`,
      ),
    ),
    held.length === 0 ? '' : `<p>Measured without a change: ${escapeHtml(listWords(held))}.</p>`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Empty without a line, and then its section is not there. */
function list(lines: readonly string[]): string {
  return lines.length === 0
    ? ''
    : `<ul>${lines.map((line) => `<li>${sentenceHtml(line)}</li>`).join('')}</ul>`;
}

function sourcesHtml(document: ChoiceDocument): string {
  return [
    ...document.sources.map(
      ({ name, started_at, command }) =>
        `<p>${escapeHtml(`${name}, ${started_at}`)}</p>\n<pre tabindex="0">${escapeHtml(command)}</pre>`,
    ),
    dataLink('The choice is in this page', 'choice.json', embedJson(document)),
  ].join('\n');
}
