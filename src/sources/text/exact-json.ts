/**
 * JSON, with word of the numbers that a double would change: JSON.parse gives the nearest one and
 * says nothing.
 */
import type { JsonValue } from '../../core/message.js';
import { isExact } from './exact-number.js';

export interface ExactJson {
  readonly value: JsonValue;
  /** As written, the numbers no double keeps that are members of the outermost object, by name. */
  readonly inexact: ReadonlyMap<string, string>;
  /**
   * As written, the numbers that are members of the outermost object and may read otherwise when
   * they are written again: 1709285400123.4567 has more digits than JSON gives its double.
   */
  readonly written: ReadonlyMap<string, string>;
  /** The first number anywhere else that no double keeps. */
  readonly nested: string | undefined;
}

/**
 * A number that a double does not keep has this in it; so may much else, which is then looked at
 * more closely.
 */
const SUSPECT = /[\d.]{16}|\d[eE]/;

const NONE: ReadonlyMap<string, string> = new Map();

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** @throws SyntaxError as JSON.parse does */
export function parseExactJson(text: string): ExactJson {
  const value = JSON.parse(text) as JsonValue;
  if (!SUSPECT.test(text)) return { value, inexact: NONE, written: NONE, nested: undefined };
  return { value, ...inexactNumbers(text, typeof value === 'object' && !Array.isArray(value)) };
}

/** One pass over text that is known to be JSON. */
function inexactNumbers(text: string, isObject: boolean): Omit<ExactJson, 'value'> {
  const inexact = new Map<string, string>();
  const written = new Map<string, string>();
  let nested: string | undefined;
  let depth = 0;
  let string: readonly [start: number, end: number] = [0, 0];
  let name = '';
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      string = [at, end];
      at = end;
    } else if (isDigit(code) || code === 0x2d) {
      const end = endOfNumber(text, at);
      const number = text.slice(at, end);
      const member = isObject && depth === 1;
      if (member) written.set(name, number);
      if (!isExact(number)) {
        if (member) inexact.set(name, number);
        else nested ??= number;
      }
      at = end;
    } else {
      if (code === 0x7b || code === 0x5b) depth += 1;
      else if (code === 0x7d || code === 0x5d) depth -= 1;
      else if (code === COLON && depth === 1) {
        name = JSON.parse(text.slice(...string)) as string;
        // Of members of one name the last counts.
        inexact.delete(name);
        written.delete(name);
      }
      at += 1;
    }
  }
  return { inexact, written, nested };
}

/** Offset after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // + - . e E
    const part = code === 0x2b || code === 0x2d || code === 0x2e || code === 0x65 || code === 0x45;
    if (!part && !isDigit(code)) return at;
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
