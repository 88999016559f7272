/** The words of a text as a POSIX shell splits it, without anything that a shell replaces. Pure. */
import { LabError } from '../../src/errors.js';

/** @throws LAB_ERR_USAGE for a quotation that does not end */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote === "'" || (quote === '"' && char !== '\\')) {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '\\') {
      const next = text[++i];
      // Between double quotes a backslash is one, unless it stands before one of these.
      word =
        (word ?? '') + (quote === '"' && !/["\\$`]/.test(next ?? '') ? '\\' : '') + (next ?? '');
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== '') {
    throw new LabError('LAB_ERR_USAGE', `a quotation with ${quote} does not end`, {
      hint: 'close it, or write a backslash before it',
    });
  }
  return word === undefined ? words : [...words, word];
}
