/** What machines and networks cost: `cpu-hour=0.04,gb-egress=0.05,gb-ram-hour=0.005`. Pure. */
import { badValue, parseList, parseName } from '../../../src/options/values.js';

export const PRICE_NAMES = ['cpu-hour', 'gb-egress', 'gb-ram-hour'] as const;
export type PriceName = (typeof PRICE_NAMES)[number];

/** In one currency: of a core for an hour, of 10^9 bytes sent, of 10^9 bytes held for an hour. */
export type Prices = Readonly<Record<PriceName, number>>;

/**
 * Of large clouds' list prices the order of magnitude (2026): what holds where nobody says
 * otherwise, and is then told as assumed.
 */
export const ASSUMED_PRICES: Prices = {
  'cpu-hour': 0.04,
  'gb-egress': 0.05,
  'gb-ram-hour': 0.005,
};

const EXAMPLE = 'cpu-hour=0.04,gb-egress=0.05,gb-ram-hour=0.005';
const MOST = 1e6;

/** @throws LAB_ERR_BAD_VALUE for an unknown name, one that comes twice, a negative price */
export function parsePrices(flag: string, text: string): Partial<Prices> {
  return parsePairs(flag, text, PRICE_NAMES, EXAMPLE, 'price');
}

/** `name=number` pairs. @throws LAB_ERR_BAD_VALUE */
export function parsePairs<N extends string>(
  flag: string,
  text: string,
  names: readonly N[],
  example: string,
  what: string,
): Partial<Record<N, number>> {
  const given: Partial<Record<N, number>> = {};
  parseList(flag, text, (item) => {
    const [, name = item, digits] = /^([^=]*)=(.*)$/s.exec(item) ?? [];
    const known = parseName(flag, name.trim(), names, 'LAB_ERR_BAD_VALUE') as N;
    given[known] = amount(flag, item, digits?.trim(), example, what);
    return known;
  });
  return given;
}

function amount(
  flag: string,
  item: string,
  digits: string | undefined,
  example: string,
  what: string,
): number {
  if (digits !== undefined && /^-\d+(\.\d+)?$/.test(digits))
    throw badValue(flag, item, 'is negative', `a ${what} is 0 or more: ${example}`);
  const value = digits !== undefined && /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : Number.NaN;
  if (Number.isNaN(value))
    throw badValue(flag, item, `is not a ${what}`, `write name=number: ${example}`);
  if (value > MOST) throw badValue(flag, item, 'is out of range', `at most ${MOST}`);
  return value;
}

/** Those given, and the assumed ones for the others. */
export function completePrices(given: Partial<Prices>): Prices {
  return { ...ASSUMED_PRICES, ...given };
}
