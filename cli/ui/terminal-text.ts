/**
 * What may go to a terminal: text in which every control sequence is one that the lab has put there
 * itself, to colour it. A sequence of anybody else is shown, not obeyed. The lab's own bear a
 * number that nobody can guess, up to the moment when they are written.
 */
import { randomInt } from 'node:crypto';
import { visibleBlock } from '../../reports/visible-text.js';

const START = '\u001b[';
/**
 * Parameters of a sequence, so that whoever measures text takes it for one. A terminal never sees
 * them.
 */
const OWN = `${START}${Array.from({ length: 3 }, () => randomInt(1_000, 10_000)).join(';')};`;

/**
 * Marks the sequences of `styled` as the lab's own. Whatever else was in it must have been cleaned
 * before.
 */
export function ownSequences(styled: string): string {
  return styled
    .split(OWN)
    .map((part) => part.replaceAll(START, OWN))
    .join(OWN);
}

/**
 * `text` with each hidden character shown, and the lab's own sequences as they are so far: fit to
 * be styled.
 */
export function cleanText(text: string): string {
  return text.split(OWN).map(visibleBlock).join(OWN);
}

/** `text` as it goes to the terminal. */
export function terminalText(text: string): string {
  return text.split(OWN).map(visibleBlock).join(START);
}
