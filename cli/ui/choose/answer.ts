/** The answer on a terminal: the card, the evidence, and what else is to be known. */
import type { ChoiceDocument } from '../../../bench/choose/document.js';
import { type CardLine, card } from '../../../reports/choose/card.js';
import { heldRanges } from '../../../reports/choose/flip-words.js';
import { ruledOutLines, undecidedLines } from '../../../reports/choose/rows.js';
import { linkWords, loadWords } from '../../../reports/choose/words.js';
import { formatPercent, trimmed } from '../../../reports/format.js';
import { listWords } from '../../../reports/model/cells.js';
import type { Style } from '../style.js';
import { MAX_WIDTH, wrap } from '../text.js';
import { evidenceTable } from './evidence-table.js';

export function renderAnswer(document: ChoiceDocument, columns: number, style: Style): string {
  const width = Math.min(columns, MAX_WIDTH);
  const blocks = [
    cardText(card(document), width, style),
    `${wrap(`${loadWords(document)} ${linkWords(document)}`, width)}\n${evidenceTable(document, columns, style)}`,
    wrap(
      'Medians over the runs; cost per 1,000 clients a month; P(best): share of resamplings in which it is chosen. All figures: --markdown, --json.',
      width,
    ),
    lines('left out', ruledOutLines(document), width, style),
    lines('open', undecidedLines(document), width, style),
    heldText(document, width, style),
    nextText(document, style),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const COLOURS: Readonly<Record<CardLine['label'], Parameters<Style>[0]>> = {
  CHOOSE: ['bold', 'green'],
  BECAUSE: 'bold',
  UNLESS: 'bold',
  COST: 'bold',
  'CANNOT CHOOSE': ['bold', 'yellow'],
  RUN: 'bold',
  MEANWHILE: 'bold',
  DOUBTFUL: ['bold', 'yellow'],
};

/** The words in front are as wide as the longest of them. */
function cardText(all: readonly CardLine[], width: number, style: Style): string {
  const columns = Math.max(...all.map(({ label }) => label.length)) + 2;
  return all
    .map(({ label, text }) => {
      const head = style(COLOURS[label], label) + ' '.repeat(columns - label.length);
      // A command is copied as one line.
      if (label === 'RUN') return `${head}${text}`;
      const indent = ' '.repeat(columns);
      return head + wrap(text, width - columns).replaceAll('\n', `\n${indent}`);
    })
    .join('\n');
}

function lines(label: string, texts: readonly string[], width: number, style: Style): string {
  const indent = ' '.repeat(label.length + 2);
  return texts
    .map((text, i) => {
      const head = i === 0 ? `${style('bold', label)}  ` : indent;
      return head + wrap(text, width - indent.length).replaceAll('\n', `\n${indent}`);
    })
    .join('\n');
}

function heldText(document: ChoiceDocument, width: number, style: Style): string {
  const held = heldRanges(document);
  if (held.length === 0) return '';
  return lines('stays', [`the choice is the same along ${listWords(held)}`], width, style);
}

function nextText({ next, answer }: ChoiceDocument, style: Style): string {
  if (next === null || answer.kind !== 'choice') return '';
  const { regret_now: now, regret_then: then } = next;
  const gain =
    now === null || then === null
      ? ''
      : `  (expected loss ${trimmed(formatPercent(now))} → ${trimmed(formatPercent(then))})`;
  return `${style('bold', 'next')}  ${next.command}${gain}`;
}
