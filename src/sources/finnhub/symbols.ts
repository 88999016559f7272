import { LabError } from '../../errors.js';

/**
 * Symbols of one source: what Finnhub's free plan streams on one connection. By REST a round over
 * so many takes 50 s.
 */
export const MAX_SYMBOLS = 50;

const MAX_SYMBOL_LENGTH = 40;
const REST_PREFIX = 'rest:';
/**
 * Controls, formats, halves of a character and line ends: in no symbol, and not for a URL or a
 * terminal.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const HINT = `write \`source: 'finnhub:AAPL,MSFT'\` (at most ${MAX_SYMBOLS} symbols), or finnhub:rest:AAPL,MSFT to poll only`;

/** `stream`: trades as they happen, polling while the stream is down. `rest`: polling only. */
export type Mode = 'stream' | 'rest';

/** What follows `finnhub:`. */
export interface Wanted {
  readonly mode: Mode;
  /** One or more, all different, in the order given. */
  readonly symbols: readonly string[];
}

/**
 * Reads `AAPL,MSFT`, or `rest:AAPL,MSFT`. Symbols are Finnhub's own and keep their case: `BRK.B`,
 * `BINANCE:BTCUSDT`, `BITFINEX:tBTCUSD`, `IC MARKETS:1`, `M&M.NS`. Any text may be one that has no
 * comma and can be seen.
 * @throws LAB_ERR_BAD_VALUE
 */
export function parseSymbols(argument: string): Wanted {
  const rest = argument.startsWith(REST_PREFIX);
  const list = rest ? argument.slice(REST_PREFIX.length) : argument;
  if (list.trim() === '') throw refused('names no symbol');
  const symbols = list.split(',').map((part) => part.trim());
  if (symbols.length > MAX_SYMBOLS)
    throw refused(`names ${symbols.length} symbols, more than ${MAX_SYMBOLS}`);
  for (const symbol of symbols) checkSymbol(symbol);
  const twice = symbols.find((symbol, index) => symbols.indexOf(symbol) < index);
  if (twice !== undefined) throw refused(`names ${shown(twice)} twice`);
  return { mode: rest ? 'rest' : 'stream', symbols };
}

function checkSymbol(symbol: string): void {
  if (symbol === '')
    throw refused('has an empty symbol', 'separate symbols with single commas: AAPL,MSFT');
  if (symbol.length > MAX_SYMBOL_LENGTH)
    throw refused(`has a symbol that is too long: ${shown(symbol)}`);
  if (UNSEEN.test(symbol)) throw refused(`has a symbol that is none: ${shown(symbol)}`);
  // Finnhub would answer zeros. An exchange's own names, behind its prefix, may be in lower case.
  if (/[a-z]/.test(symbol) && !/[A-Z:]/.test(symbol)) {
    throw refused(`has a symbol in lower case: ${shown(symbol)}`, `write ${symbol.toUpperCase()}`);
  }
}

function refused(problem: string, hint = HINT): LabError {
  return new LabError('LAB_ERR_BAD_VALUE', `source finnhub ${problem}`, {
    option: 'source',
    hint,
  });
}

/** On one line, never long, and nothing in it that a terminal obeys. */
function shown(symbol: string): string {
  const short = symbol.length > MAX_SYMBOL_LENGTH;
  const text = JSON.stringify(short ? symbol.slice(0, MAX_SYMBOL_LENGTH) : symbol);
  const escaped = (char: string): string =>
    `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(new RegExp(UNSEEN, 'gu'), escaped) + (short ? '…' : '');
}
