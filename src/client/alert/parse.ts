import { LabError, shown } from '../../errors.js';
import { type Alert, isReserved, OPERATORS, type Operator, PLAIN_NAME } from './ast.js';

/** UTF-16 units of an expression. */
export const MAX_LENGTH = 4_096;
/** Brackets inside brackets. */
export const MAX_DEPTH = 32;

const QUOTED = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\p{L}\p{N}_.])/iuy;
const SPACE = /\s*/y;

/**
 * Reads an alert:
 *
 *     alert      = all { "or" all }
 *     all        = term { "and" term }
 *     term       = "(" alert ")" | operand operator number
 *     operand    = name { "." name }        the key, then members of its value
 *     name       = letters, digits and _ $ : / @ -, or a JSON string: "BRK.B"
 *     operator   = "<" | "<=" | ">" | ">=" | "==" | "!="
 *
 * `AAPL < 215` looks at the value if it is a number, else at its member `price`, else at `value`. A
 * comparison with what is not there, or is not a number, is false, `!=` too.
 * @param flag what the message calls the text
 * @throws LAB_ERR_BAD_VALUE with the column
 */
export function parseAlert(text: string, flag = 'alert'): Alert {
  if (typeof text !== 'string') {
    throw new LabError('LAB_ERR_BAD_VALUE', `${flag} ${shown(text)} is not text`, {
      hint: 'write it like: AAPL < 215',
    });
  }
  return new Parser(text, flag).parse();
}

class Parser {
  readonly #text: string;
  readonly #flag: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, flag: string) {
    this.#text = text;
    this.#flag = flag;
  }

  parse(): Alert {
    if (this.#text.length > MAX_LENGTH) {
      throw this.#refusal(
        MAX_LENGTH,
        `is longer than ${MAX_LENGTH} characters`,
        'use several alerts',
      );
    }
    const alert = this.#junction('or');
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      throw this.#refusal(
        this.#at,
        `${this.#found()} where it should end`,
        'join comparisons with and, or',
      );
    }
    return alert;
  }

  #junction(type: 'and' | 'or'): Alert {
    const terms = [type === 'or' ? this.#junction('and') : this.#term()];
    while (this.#takeWord(type)) terms.push(type === 'or' ? this.#junction('and') : this.#term());
    const [only] = terms;
    return terms.length === 1 && only !== undefined ? only : { type, terms };
  }

  #term(): Alert {
    this.#skipSpace();
    if (this.#text[this.#at] !== '(') return this.#comparison();
    if (this.#depth === MAX_DEPTH) {
      throw this.#refusal(
        this.#at,
        `more than ${MAX_DEPTH} brackets inside each other`,
        'use several alerts',
      );
    }
    this.#at += 1;
    this.#depth += 1;
    const alert = this.#junction('or');
    this.#depth -= 1;
    this.#skipSpace();
    if (this.#text[this.#at] !== ')')
      throw this.#refusal(this.#at, `${this.#found()}, not )`, 'close the bracket');
    this.#at += 1;
    return alert;
  }

  #comparison(): Alert {
    const key = this.#name('a key');
    const path: string[] = [];
    while (this.#text[this.#at] === '.') {
      this.#at += 1;
      path.push(this.#name('a member'));
    }
    return { type: 'compare', key, path, operator: this.#operator(), number: this.#number() };
  }

  #name(what: string): string {
    this.#skipSpace();
    const start = this.#at;
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return this.#unquoted(quoted, start);
    const name = this.#take(PLAIN_NAME);
    if (name !== undefined && !isReserved(name)) return name;
    this.#at = start;
    throw this.#refusal(
      start,
      `${this.#found()}, not ${what}`,
      'write it like AAPL.price < 215, a name with dots in quotes',
    );
  }

  #unquoted(quoted: string, start: number): string {
    try {
      return String(JSON.parse(quoted));
    } catch {
      throw this.#refusal(
        start,
        'a string that is not a JSON string',
        'escape " and \\ in it with a \\',
      );
    }
  }

  #operator(): Operator {
    this.#skipSpace();
    const operator = OPERATORS.find((one) => this.#text.startsWith(one, this.#at));
    if (operator === undefined) {
      throw this.#refusal(
        this.#at,
        `${this.#found()}, not a comparison`,
        `use one of: ${OPERATORS.join(' ')}`,
      );
    }
    this.#at += operator.length;
    return operator;
  }

  #number(): number {
    this.#skipSpace();
    const start = this.#at;
    const number = Number(this.#take(NUMBER) ?? Number.NaN);
    if (!Number.isFinite(number)) {
      this.#at = start;
      throw this.#refusal(
        start,
        `${this.#found()}, not a number`,
        'compare with a plain number: 215, -0.5, 1e6',
      );
    }
    // −0 compares like 0, and is printed like it.
    return number === 0 ? 0 : number;
  }

  #takeWord(word: string): boolean {
    this.#skipSpace();
    const start = this.#at;
    if (this.#take(PLAIN_NAME)?.toLowerCase() === word) return true;
    this.#at = start;
    return false;
  }

  #skipSpace(): void {
    this.#take(SPACE);
  }

  /** What the sticky pattern matches here, and moves behind it. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    this.#at += text?.length ?? 0;
    return text;
  }

  #found(): string {
    const rest = [...this.#text.slice(this.#at, this.#at + 24)].slice(0, 12).join('');
    return rest === '' ? 'the end' : JSON.stringify(rest);
  }

  #refusal(at: number, problem: string, hint: string): LabError {
    const shown = this.#text.length > 200 ? `${this.#text.slice(0, 200)}…` : this.#text;
    return new LabError(
      'LAB_ERR_BAD_VALUE',
      `${this.#flag} ${JSON.stringify(shown)}, column ${at + 1}: ${problem}`,
      { hint },
    );
  }
}
