/**
 * Where a text stops being JSON. `JSON.parse` tells that in words only, and in other words with
 * every version of Node.
 */

const SPACE = /[ \t\n\r]*/y;
/** Strings may hold control characters from U+007F on, and none below U+0020. */
const TOKEN =
  /"(?:[^"\\\p{Cc}\u007f-\u009f]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/uy;

type State = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end' | 'end';

const EXPECTED: Readonly<Record<State, string>> = {
  value: 'a value',
  'value or ]': 'a value or ]',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes, or }',
  colon: 'a colon',
  'comma or end': 'a comma or the closing bracket',
  end: 'the end of the file',
};

/**
 * The first place at which `text` is not JSON (RFC 8259), in UTF-16 units, and what should stand
 * there; null when it is JSON.
 */
export function jsonError(
  text: string,
): { readonly offset: number; readonly expected: string } | null {
  const open: string[] = [];
  let state: State = 'value';
  let offset = 0;
  for (;;) {
    offset += match(SPACE, text, offset).length;
    const token = match(TOKEN, text, offset);
    if (token === '' && offset === text.length && state === 'end') return null;
    const next: State | null = token === '' ? null : after(token, state, open);
    if (next === null) return { offset, expected: EXPECTED[state] };
    offset += token.length;
    state = next;
  }
}

/**
 * The state that `token` leads to; null where it must not stand. Keeps the account of open
 * brackets.
 */
function after(token: string, state: State, open: string[]): State | null {
  const closes = (bracket: string): boolean => open.at(-1) === bracket;
  const done = (): State => (open.length === 0 ? 'end' : 'comma or end');
  if (token === '}' || token === ']') {
    const bracket = token === '}' ? '{' : '[';
    const here = token === '}' ? 'key or }' : 'value or ]';
    if (!closes(bracket) || (state !== here && state !== 'comma or end')) return null;
    open.pop();
    return done();
  }
  if (token === ',') return state === 'comma or end' ? (closes('{') ? 'key' : 'value') : null;
  if (token === ':') return state === 'colon' ? 'value' : null;
  if (state === 'key' || state === 'key or }') return token.startsWith('"') ? 'colon' : null;
  if (state !== 'value' && state !== 'value or ]') return null;
  if (token !== '{' && token !== '[') return done();
  open.push(token);
  return token === '{' ? 'key or }' : 'value or ]';
}

function match(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}
