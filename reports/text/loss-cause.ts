/** Where lost messages went, in a word or two, from the ledger. Pure. */
import type { CellResult } from '../../bench/result/result.js';

type Ledger = CellResult['ledger'];

/** Every account of the ledger but `delivered`, by what it is called beside a loss. */
const CAUSES: readonly (readonly [name: string, of: (ledger: Ledger) => number])[] = [
  ['socket buffer', ({ kernel_receive_drops: drops }) => drops ?? 0],
  ['network', ({ network_lost: lost }) => lost ?? 0],
  ['policy', ({ dropped_by_policy: dropped, conflated }) => (dropped ?? 0) + (conflated ?? 0)],
  ['send error', ({ send_errors: errors }) => errors ?? 0],
  ['too late', ({ late }) => late ?? 0],
  ['unknown', ({ unattributed }) => Math.max(0, unattributed ?? 0)],
];

/** A cause with less of the loss than this is not named beside another. */
const SHOWN_SHARE = 0.05;
const MOST_NAMED = 2;

/**
 * `network`; of several causes the two largest with their shares of the loss:
 * `socket buffer 83 %, network 17 %`. Empty where nothing was lost, `unknown` where nobody tells.
 */
export function lossCause(cells: readonly CellResult[]): string {
  const lost = cells.reduce((sum, cell) => sum + (cell.lost ?? 0), 0);
  if (lost === 0) return '';
  const counts = CAUSES.map(([name, of]) => ({
    name,
    count: cells.reduce((sum, { ledger }) => sum + of(ledger), 0),
  }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return 'unknown';
  const named = counts
    .filter(({ count }) => count / total >= SHOWN_SHARE)
    .sort((a, b) => b.count - a.count);
  if (named.length === 1) return named[0]!.name;
  const shown = named
    .slice(0, MOST_NAMED)
    .map(({ name, count }) => `${name} ${Math.round((100 * count) / total)} %`);
  const more = named.length - MOST_NAMED;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
