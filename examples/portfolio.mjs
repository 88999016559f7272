// @ts-check
/**
 * The net worth of some holdings, live: a line whenever it changes.
 *
 *     node examples/portfolio.mjs tcp://127.0.0.1:7400 '{"AAPL":10,"IBM":20}' --count 5
 */
import { parseArgs } from 'node:util';
import { LabError, subscribe } from 'streampulse-lab';

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** @param {string} text @returns {[symbol: string, shares: number][]} */
function holdingsOf(text) {
  const holdings = Object.entries(JSON.parse(text));
  if (holdings.length === 0 || holdings.some(([, shares]) => !Number.isFinite(shares))) {
    throw new Error(`holdings are numbers of shares by symbol, such as {"AAPL":10}, not ${text}`);
  }
  return holdings;
}

/** The feed's values may be anything: only `{"price": number}` counts. @param {any} value */
const priceOf = (value) => (Number.isFinite(value?.price) ? Number(value.price) : undefined);

// `| head -3` has had enough.
process.stdout.on('error', () => process.exit());

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string' } },
  });
  const [url = 'tcp://127.0.0.1:7400', json = '{"AAPL":10,"IBM":20,"MSFT":5}'] = positionals;
  const holdings = holdingsOf(json);
  let left = Number(values.count ?? Number.POSITIVE_INFINITY);
  if (!(left >= 1)) throw new Error(`--count ${values.count} is not a number from 1`);
  /** @type {Map<string, number>} */
  const prices = new Map();
  let before;
  // The snapshot comes first, with the newest price of each symbol; after that, every change.
  const keys = holdings.map(([symbol]) => symbol);
  for await (const { key, value } of subscribe(url, { keys })) {
    const price = priceOf(value);
    if (price === undefined) continue;
    prices.set(key, price);
    const worth = holdings.reduce(
      (sum, [symbol, shares]) => sum + shares * (prices.get(symbol) ?? 0),
      0,
    );
    if (worth === before) continue;
    before = worth;
    const unknown = keys.filter((symbol) => !prices.has(symbol));
    const without = unknown.length === 0 ? '' : ` (without ${unknown.join(', ')}: no price yet)`;
    console.log(`${key} ${price} · net worth ${dollars.format(worth)}${without}`);
    left -= 1;
    if (left < 1) break; // closes the connection
  }
} catch (error) {
  const hint = error instanceof LabError && error.hint !== undefined ? ` (${error.hint})` : '';
  console.error(error instanceof Error ? `${error.message}${hint}` : error);
  process.exitCode = 1;
}
