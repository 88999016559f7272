/**
 * What each transport and codec carried in a sweep over loads, and where it broke. Another link is
 * another question, not a higher load.
 */
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { mayRank } from '../../bench/result/usable.js';
import { groupBy, loadName, pairName } from './cells.js';

/** A load, with every run of the pair under it. */
export interface Load {
  /** `100 clients × 1,000 msg/s × 128 B`. */
  readonly name: string;
  /** Deliveries per second that it offers. */
  readonly offered: number;
  readonly runs: readonly CellResult[];
}

export interface Carried {
  /** `tcp/msgpack`, `tcp/msgpack behind 4g`. */
  readonly pair: string;
  /** The highest load all of whose runs are VALID; null when there is none. */
  readonly highest: Load | null;
  /** The lowest load above it; null when it carried the highest of all. */
  readonly broke: Load | null;
}

/**
 * The pairs that were measured under several loads, in the order of the result. Loads go by the
 * deliveries they offer; those of the same are told by their clients.
 */
export function carriedOf({ cells }: LabResult): Carried[] {
  const paced = cells.filter(({ rate_per_s }) => rate_per_s !== null);
  return [...groupBy(paced, placeName)].flatMap(([pair, ofPair]) => {
    const loads = [...groupBy(ofPair, (cell) => loadName({ ...cell, link: null }))]
      .map(([name, runs]): Load => ({ name, offered: offeredBy(runs[0]!), runs }))
      .sort((a, b) => a.offered - b.offered || a.runs[0]!.clients - b.runs[0]!.clients);
    if (loads.length < 2) return [];
    const at = loads.findLastIndex(({ runs }) => runs.every(mayRank));
    return [{ pair, highest: loads[at] ?? null, broke: loads[at + 1] ?? null }];
  });
}

function placeName(cell: CellResult): string {
  return `${pairName(cell)}${cell.link === null ? '' : ` behind ${cell.link}`}`;
}

function offeredBy({ clients, rate_per_s: rate }: CellResult): number {
  return clients * (rate ?? 0);
}
