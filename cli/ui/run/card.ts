/** The card of a run on a terminal: the answer, before everything else. Pure. */
import type { Card, CardLabel } from '../../../reports/model/card-lines.js';
import { visibleLine } from '../../../reports/visible-text.js';
import type { Style } from '../style.js';
import { wrap } from '../text.js';

const COLORS: Readonly<Record<CardLabel, Parameters<Style>[0]>> = {
  CHOOSE: 'green',
  BECAUSE: 'green',
  UNLESS: 'yellow',
  HELD: 'green',
  BROKE: 'yellow',
  'CANNOT RANK': 'yellow',
  'RULED OUT': 'yellow',
  RUN: 'cyan',
};

/** One line or paragraph a label. A command is never broken: it is to be copied. */
export function renderCard(card: Card, width: number, style: Style): string {
  const column = 2 + Math.max(...card.map(({ label }) => label.length));
  const indent = ' '.repeat(column);
  return card
    .map(({ label, text }) => {
      const plain = visibleLine(text.replaceAll('`', ''));
      const body = hasCommand(text)
        ? plain
        : wrap(plain, width - column).replaceAll('\n', `\n${indent}`);
      return style('bold', style(COLORS[label], label)) + ' '.repeat(column - label.length) + body;
    })
    .join('\n');
}

/** It says by itself what to type. */
export function hasCommand(text: string): boolean {
  return text.includes('`lab ');
}
