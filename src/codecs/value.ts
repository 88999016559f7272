/**
 * The values every codec carries, and nothing else: what one codec would drop, round or rename,
 * another would deliver, and a comparison of the two would compare different feeds. So a value is
 * either carried exactly by all or refused by all:
 * - null, booleans, strings, arrays, plain objects, nested at most MAX_DEPTH deep;
 * - finite numbers. −0 arrives as 0 (JSON text made by JSON.stringify has no −0; msgpackr writes
 *   integer 0);
 * - strings and object keys of whole Unicode text: a lone surrogate has no UTF-8 form;
 * - bytes, only as the whole value.
 * Refused: NaN and ±Infinity (JSON.stringify would make them null), undefined, functions, symbols,
 * bigints, class instances (Date, Map, …), sparse arrays.
 */

/** Deepest nesting of arrays and objects: far above any feed, far below any stack. */
export const MAX_DEPTH = 128;

/** With the `u` flag the halves of a proper pair are one code point, so only a lone one matches. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** True when `text` can be written as UTF-8 and read back unchanged. */
export function isText(text: unknown): text is string {
  return typeof text === 'string' && !LONE_SURROGATE.test(text);
}

/**
 * Why `value` cannot be carried, in words that follow "value: "; undefined when it can. Bytes are
 * not looked at here.
 */
export function problemOf(value: unknown, depth = 0): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : `${value} is not a finite number`;
    case 'boolean':
      return undefined;
    case 'string':
      return isText(value) ? undefined : 'a string holds a lone surrogate';
    case 'object':
      if (value === null) return undefined;
      if (depth >= MAX_DEPTH) return `nested more than ${MAX_DEPTH} deep`;
      return Array.isArray(value) ? problemOfArray(value, depth) : problemOfObject(value, depth);
    default:
      return `${typeof value} is not a JSON value`;
  }
}

function problemOfArray(array: readonly unknown[], depth: number): string | undefined {
  for (let i = 0; i < array.length; i++) {
    const problem = problemOf(array[i], depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfObject(object: object, depth: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    return object instanceof Uint8Array
      ? 'bytes inside a JSON value'
      : `${object.constructor?.name ?? 'a class instance'} is not a plain object`;
  }
  const members = object as Readonly<Record<string, unknown>>;
  for (const key in members) {
    if (!isText(key)) return 'an object key holds a lone surrogate';
    const problem = problemOf(members[key], depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
