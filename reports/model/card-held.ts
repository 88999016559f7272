/** The card of a sweep over loads: what each pair held, and where it broke. Pure. */
import type { LabResult } from '../../bench/result/result.js';
import { formatCount, trimmed } from '../format.js';
import { type Card, commonestHint, line } from './card-lines.js';
import { type Carried, carriedOf, type Load } from './carried.js';
import { groupBy, listWords } from './cells.js';

/** More pairs than this are in the table. */
const MOST_PAIRS = 3;

/**
 * Null where no pair was measured under several rates of delivery, and where nobody of several
 * broke: then a ranking says more.
 */
export function heldCard(result: LabResult): Card | null {
  const all = carriedOf(result).toSorted((a, b) => heldBy(b) - heldBy(a));
  const rates = new Set(result.cells.map(({ clients, rate_per_s: rate }) => clients * (rate ?? 0)));
  if (rates.size < 2 || (all.length > 1 && all.every(({ broke }) => broke === null))) return null;
  const [top, ...others] = all;
  if (top === undefined) return null;
  const { highest } = top;
  if (highest === null)
    return [
      line('HELD', `nothing: no load was VALID in all runs of any pair`),
      line('BROKE', brokeText(all)),
      line(
        'RUN',
        `the command again after this: ${commonestHint(result) ?? 'lower --rate or --clients'}`,
      ),
    ];
  const best = all.filter((one) => heldBy(one) === heldBy(top));
  const rest = others.filter((one) => !best.includes(one));
  const names = listOf(best);
  const broke = all.filter((one) => one.broke !== null);
  const end =
    broke.length === 0
      ? line('RUN', 'the command again with a higher --rate or more --clients: nobody broke')
      : line('BROKE', brokeText(broke));
  if (rest.length === 0) return [line('HELD', `${loadText(highest)}: ${names}`), end];
  return [
    line('CHOOSE', `${names} for the highest load: ${loadText(highest)}`),
    line('BECAUSE', `all runs were VALID there; ${restText(rest)}`),
    end,
  ];
}

function heldBy({ highest }: Carried): number {
  return highest?.offered ?? 0;
}

function listOf(all: readonly Carried[]): string {
  const names = all.slice(0, MOST_PAIRS).map(({ pair }) => pair);
  const more = all.length - names.length;
  return listWords([...names, ...(more > 0 ? [`${more} more`] : [])]);
}

/** `tcp/msgpack and ws/msgpack held 1 M/s`. */
function restText(rest: readonly Carried[]): string {
  return [...groupBy(rest, (one) => rateText(heldBy(one)))]
    .slice(0, MOST_PAIRS)
    .map(([rate, those]) => `${listOf(those)} held ${heldBy(those[0]!) === 0 ? 'none' : rate}`)
    .join(', ');
}

/** `tcp/msgpack at 2 M deliveries/s (RATE_MISSED)`, of as many pairs as are read. */
function brokeText(all: readonly Carried[]): string {
  const known = all.filter(({ broke }) => broke !== null);
  const texts = known.slice(0, MOST_PAIRS).map(({ pair, broke }) => {
    const [code] = codesOf(broke!);
    return `${pair} at ${rateText(broke!.offered)}${code === undefined ? '' : ` (${code})`}`;
  });
  const more = known.length - texts.length;
  return [...texts, ...(more > 0 ? [`${more} more in the table`] : [])].join(', ');
}

/** Most frequent first. */
function codesOf({ runs }: Load): string[] {
  const codes = runs.flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code));
  return [...groupBy(codes, (code) => code)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([code]) => code);
}

function loadText({ name, offered }: Load): string {
  return `${rateText(offered)} (${name})`;
}

function rateText(offered: number): string {
  return `${trimmed(formatCount(offered))} deliveries/s`;
}
