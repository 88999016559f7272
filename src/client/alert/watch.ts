import type { Message, MessageValue } from '../../core/message.js';
import { type Alert, type Comparison, keysOf } from './ast.js';

/** Members looked at when an alert names none, the first that is a number. */
const DEFAULT_MEMBERS = ['price', 'value'];

/** Evaluates an alert with the newest value of each of its keys, and says when it becomes true. */
export class AlertWatch {
  readonly #alert: Alert;
  readonly #newest: Map<string, MessageValue | undefined>;
  #holds = false;

  constructor(alert: Alert) {
    this.#alert = alert;
    this.#newest = new Map([...keysOf(alert)].map((key) => [key, undefined]));
  }

  /**
   * Takes in a message. True when it makes the alert hold that did not hold before: the edge, not
   * the state.
   */
  apply({ key, value }: Message): boolean {
    if (!this.#newest.has(key)) return false;
    this.#newest.set(key, value);
    const before = this.#holds;
    this.#holds = this.#isTrue(this.#alert);
    return this.#holds && !before;
  }

  #isTrue(alert: Alert): boolean {
    if (alert.type === 'compare')
      return compare(numberAt(this.#newest.get(alert.key), alert.path), alert);
    const holds = (term: Alert): boolean => this.#isTrue(term);
    return alert.type === 'and' ? alert.terms.every(holds) : alert.terms.some(holds);
  }
}

/** The number at a path, or at the default place; undefined where there is none. */
function numberAt(value: MessageValue | undefined, path: readonly string[]): number | undefined {
  let at: unknown = value;
  for (const name of path) at = member(at, name);
  if (path.length === 0 && typeof at !== 'number') {
    at = DEFAULT_MEMBERS.map((name) => member(value, name)).find((one) => typeof one === 'number');
  }
  return typeof at === 'number' ? at : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  return Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function compare(found: number | undefined, { operator, number }: Comparison): boolean {
  if (found === undefined) return false;
  switch (operator) {
    case '<':
      return found < number;
    case '<=':
      return found <= number;
    case '>':
      return found > number;
    case '>=':
      return found >= number;
    case '==':
      return found === number;
    case '!=':
      return found !== number;
  }
}
