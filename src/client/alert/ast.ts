/** `AAPL.price >= 215.5`: a number in the newest value of a key, compared with a constant. */
export interface Comparison {
  readonly type: 'compare';
  readonly key: string;
  /**
   * Members from the value inwards; empty = the value itself, or else its member `price` or
   * `value`.
   */
  readonly path: readonly string[];
  readonly operator: Operator;
  readonly number: number;
}

/** Two or more terms. */
export interface Junction {
  readonly type: 'and' | 'or';
  readonly terms: readonly Alert[];
}

/** A condition over the newest values of some keys. */
export type Alert = Comparison | Junction;

export const OPERATORS = ['<=', '>=', '==', '!=', '<', '>'] as const;

export type Operator = (typeof OPERATORS)[number];

/** A name that needs no quotes: letters, digits and `_ $ : / @ -`, but neither `and` nor `or`. */
export const PLAIN_NAME = /[\p{L}\p{N}_$:/@-]+/uy;

export function isReserved(name: string): boolean {
  return /^(and|or)$/i.test(name);
}

/** The keys an alert looks at. */
export function keysOf(alert: Alert): Set<string> {
  if (alert.type === 'compare') return new Set([alert.key]);
  return new Set(alert.terms.flatMap((term) => [...keysOf(term)]));
}
