import type { UpstreamError } from './counters.js';

/** So many symbols refused with words about the key, and none given: it is the key. */
const REFUSALS_OF_A_KEY = 3;

/** Why there is nothing of a symbol. */
const WHY: Readonly<Partial<Record<UpstreamError, string>>> = {
  unauthorized: 'Finnhub does not give it to this key (401)',
  forbidden: 'it is not in the plan of this key',
  unknown_symbol: 'Finnhub does not know it',
  unsupported: 'Finnhub does not support it, and is not asked again',
  error_message: 'Finnhub answers with an error message',
};

/** Whether an error is about the symbol that was asked for, and none that passes. */
export function isAboutSymbol(error: UpstreamError): boolean {
  return WHY[error] !== undefined;
}

/**
 * Symbols that cannot be had, and whether it is for the key. A 401 may be about one symbol,
 * whatever its words. It is about the key when every symbol is refused, or some are with words
 * about the key, and none was ever given.
 */
export class MissingSymbols {
  readonly #count: number;
  readonly #onNotice: (notice: string) => void;
  readonly #missing = new Set<string>();
  readonly #noticed = new Set<string>();
  /** Refused with 401 while the key was not yet taken; true where the words were about the key. */
  readonly #refused = new Map<string, boolean>();
  #admitted = false;

  /** `count`: how many symbols there are. `onNotice`: told once of each that cannot be had. */
  constructor(count: number, onNotice: (notice: string) => void) {
    this.#count = count;
    this.#onNotice = onNotice;
  }

  get symbols(): string[] {
    return [...this.#missing];
  }

  /** None of the symbols can be had. */
  get all(): boolean {
    return new Set([...this.#missing, ...this.#refused.keys()]).size >= this.#count;
  }

  /** Upstream took the key once. */
  get admitted(): boolean {
    return this.#admitted;
  }

  /** A 401 before the key was taken. True when it is the key that is refused. */
  refuse(symbol: string, aboutKey: boolean): boolean {
    this.#refused.set(symbol, aboutKey);
    const plain = [...this.#refused.values()].filter((about) => about).length;
    return plain >= REFUSALS_OF_A_KEY || this.#refused.size >= this.#count;
  }

  /** The key is good: what was refused before was the symbol. */
  admit(): void {
    this.#admitted = true;
    for (const symbol of this.#refused.keys()) this.add(symbol, 'unauthorized');
    this.#refused.clear();
  }

  add(symbol: string, error: UpstreamError): void {
    this.#missing.add(symbol);
    this.notice(symbol, WHY[error] ?? error);
  }

  delete(symbol: string): void {
    this.#missing.delete(symbol);
  }

  /**
   * Once for each symbol. What upstream said is not quoted: it may hold what is nobody's business.
   */
  notice(symbol: string, why: string): void {
    if (this.#noticed.has(symbol)) return;
    this.#noticed.add(symbol);
    this.#onNotice(`finnhub: no prices of ${JSON.stringify(symbol)}: ${why}`);
  }
}
