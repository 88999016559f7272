/**
 * Braces for several texts that differ in places, as shells have them: `delay={5ms,25ms}/loss=1%`
 * is two texts. Pure.
 */
import { badValue } from './values.js';

/** Far more than anybody measures, and little enough to be refused at once. */
const MOST_TEXTS = 1_000;
const HINT = 'write the alternatives of one place as {a,b}; braces do not stand in braces';

/**
 * A comma list whose items may have alternatives, as the comma list of all of them: those of the
 * first place change slowest. A text without braces stays as it is.
 * @throws LAB_ERR_BAD_VALUE for a brace without its other half, braces in braces or with nothing
 * between them, and for more than 1,000 texts
 */
export function expandAlternatives(flag: string, text: string): string {
  if (!/[{}]/.test(text)) return text;
  const texts: string[] = [];
  for (const item of itemsOf(flag, text)) {
    texts.push(...expanded(flag, text, item, MOST_TEXTS - texts.length));
  }
  return texts.join(',');
}

/** Split at the commas that are in no braces. */
function itemsOf(flag: string, text: string): string[] {
  const items = [''];
  let isInside = false;
  for (const char of text) {
    if (char === '{' || char === '}') {
      if (isInside === (char === '{')) {
        const problem = char === '{' ? 'has a { in braces' : 'has a } without its {';
        throw badValue(flag, text, problem, HINT);
      }
      isInside = !isInside;
    }
    if (char === ',' && !isInside) items.push('');
    else items[items.length - 1] += char;
  }
  if (isInside) throw badValue(flag, text, 'has a { without its }', HINT);
  return items;
}

function expanded(flag: string, text: string, item: string, room: number): string[] {
  // Every other one is what stood in braces.
  const pieces = item.split(/[{}]/);
  let texts = [''];
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 1 && piece === '')
      throw badValue(flag, text, 'has nothing between its braces', HINT);
    const alternatives = i % 2 === 1 ? piece.split(',').map((one) => one.trim()) : [piece];
    if (texts.length * alternatives.length > room)
      throw badValue(flag, text, `stands for more than ${MOST_TEXTS} values`, 'shorten the lists');
    texts = texts.flatMap((start) => alternatives.map((one) => start + one));
  }
  return texts;
}
