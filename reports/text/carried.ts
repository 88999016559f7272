/**
 * The words for what a sweep found out: the highest VALID load of each pair, and where it broke.
 */
import type { LabResult } from '../../bench/result/result.js';
import { formatCount, trimmed } from '../format.js';
import { type Carried, carriedOf, type Load } from '../model/carried.js';
import { listWords } from '../model/cells.js';

/** Reasons beyond these are in the verdicts. */
const MOST_CODES = 2;

/** One sentence a pair; empty where no pair was measured under several loads. */
export function carriedSentences(result: LabResult): string[] {
  return carriedOf(result).map(sentence);
}

function sentence({ pair, highest, broke }: Carried): string {
  if (highest === null) return `${pair} held no load: it broke at the lowest, ${broken(broke!)}.`;
  const carried = `${pair} held ${loadText(highest)}`;
  return broke === null
    ? `${carried}, the most that was offered: raise --clients or --rate to see where it breaks.`
    : `${carried} and broke at ${broken(broke)}.`;
}

/** `1000 clients × 4k msg/s × 40 B (4M deliveries/s): INVALID, RATE_MISSED`. */
function broken(load: Load): string {
  const verdicts = load.runs.map(({ verdict }) => verdict);
  const status = verdicts.some((one) => one.status === 'INVALID') ? 'INVALID' : 'SUSPECT';
  const codes = new Set(
    verdicts.flatMap(({ reasons }) =>
      reasons.filter(({ severity }) => severity === status).map(({ code }) => code),
    ),
  );
  const shown = [...codes].slice(0, MOST_CODES);
  if (codes.size > MOST_CODES) shown.push(`${codes.size - MOST_CODES} more`);
  const why = shown.length === 0 ? 'cut short' : `${status}, ${listWords(shown)}`;
  return `${loadText(load)}: ${why}`;
}

function loadText({ name, offered }: Load): string {
  return `${name} (${trimmed(formatCount(offered))} deliveries/s)`;
}
