/**
 * Text from elsewhere (a server, a file, a command line), fit to be shown: it can neither steer a
 * terminal nor hide or reorder what stands around it. Letters of every script and emoji stay as
 * they are. Pure.
 */

/**
 * Characters that nobody sees and that do something: C0, DEL and C1 controls (ESC, BEL, CR, CSI,
 * OSC …), format characters (bidi controls, zero width, soft hyphen, tags), line and paragraph
 * separators, what else Unicode calls ignorable (fillers, selectors of ideographs), and lone
 * surrogates, which are not characters. The selectors of text or emoji style (FE0E, FE0F) are no
 * harm.
 */
const UNSEEN = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}`;
const HIDDEN = new RegExp(`(?![\\ufe0e\\ufe0f])[${UNSEEN}]`, 'gu');
/**
 * A joiner is a part of an emoji such as a family, between two pictographs, and else a hidden
 * character.
 */
const JOINED =
  /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Longest text of others on one line of a terminal, in characters: more is not a message. */
const MOST_CHARACTERS = 2_000;

/** Each hidden character of `text` as `replace` says. */
export function replaceHidden(text: string, replace: (char: string) => string): string {
  HIDDEN.lastIndex = 0;
  if (!HIDDEN.test(text)) return text;
  const joiners = new Set([...text.matchAll(JOINED)].map(({ index }) => index));
  return text.replace(HIDDEN, (char, at: number) => (joiners.has(at) ? char : replace(char)));
}

/** Lines with every other hidden character as `\x1b` or `\u{202e}`. */
export function visibleBlock(text: string): string {
  return replaceHidden(text, (char) => (char === '\n' ? char : escaped(char)));
}

/** One line, whatever was in the text, and never a very long one. */
export function visibleLine(text: string): string {
  const line = replaceHidden(shortened(text), escaped);
  return line.length <= MOST_CHARACTERS ? line : cut(line);
}

/**
 * Lines of which every one after the first begins with `indent`, so that none passes for one of the
 * lab's; never very long ones.
 */
export function visibleLines(text: string, indent: string): string {
  return visibleBlock(shortened(text)).replaceAll('\n', `\n${indent}`);
}

/**
 * JSON text that says the same without a hidden character: each is `\u202e` inside a string, and
 * stands nowhere else but in white space.
 */
export function visibleJson(json: string): string {
  return replaceHidden(json, (char) =>
    char === '\n' || char === '\t' || char === '\r'
      ? char
      : units(char, (hex) => `\\u${hex.padStart(4, '0')}`),
  );
}

function escaped(char: string): string {
  const code = char.codePointAt(0) as number;
  const hex = code.toString(16).padStart(2, '0');
  return NAMED[char] ?? (code <= 0xff ? `\\x${hex}` : `\\u{${hex}}`);
}

function units(char: string, write: (hex: string) => string): string {
  return Array.from({ length: char.length }, (_, i) => write(char.charCodeAt(i).toString(16))).join(
    '',
  );
}

/** Cut before it is looked at: hidden characters take more room than they had. */
function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : cut(text);
}

/** Never between the halves of a character. */
function cut(text: string): string {
  const end = MOST_CHARACTERS - 1;
  const isHalf =
    /[\ud800-\udbff]/.test(text.charAt(end - 1)) && /[\udc00-\udfff]/.test(text.charAt(end));
  return `${text.slice(0, isHalf ? end - 1 : end)}…`;
}
