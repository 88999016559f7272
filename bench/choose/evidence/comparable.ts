/** Whether results may answer one question together. Pure. */
import { LabError } from '../../../src/errors.js';
import { cellsByKey } from '../../compare/cells.js';
import type { Input } from '../../compare/sides.js';
import { type Labelled, warningsOf } from '../../compare/warnings.js';
import type { LabResult } from '../../result/result.js';
import { isTarget, localServer } from '../../result/server.js';

/** Another sender or decoder than elsewhere is what may be chosen. */
const ALLOWED: readonly string[] = ['IMPLEMENTATION_DIFFERS', 'FEED_DIFFERS'];

/**
 * Of every kind of difference between machines, settings and versions the first is told.
 * @throws LAB_ERR_BAD_VALUE for results of different machines, settings or feeds, for one that is
 * there twice, and for one of a server that was running already
 */
export function checkResults(inputs: readonly Input[]): void {
  for (const { name, result } of inputs) {
    if (!result.cells.some(isTarget)) continue;
    throw refused(`'${name}' is of a server that was running already`, {
      hint: 'nobody knows what that used: choose from results of servers that the lab started',
    });
  }
  const [first, ...others] = inputs.map(
    ({ name, result }): Labelled => ({
      label: `'${name}'`,
      result,
      cells: cellsByKey([result]),
    }),
  );
  for (const other of others) {
    const [found] = warningsOf(first!, other).filter(({ code }) => !ALLOWED.includes(code));
    if (found !== undefined)
      throw refused(`these results cannot be mixed: ${found.message}`, { hint: found.hint });
  }
  checkFeeds(inputs);
}

/** Every stack must have carried the same messages, also where it was measured in another run. */
function checkFeeds(inputs: readonly Input[]): void {
  const [first, ...others] = inputs.map(({ name, result }) => ({ name, feeds: feedsOf(result) }));
  for (const { name, feeds } of others) {
    for (const [load, hashes] of feeds) {
      const before = first!.feeds.get(load);
      if (before === undefined || [...hashes].some((hash) => before.has(hash))) continue;
      throw refused(
        `these results cannot be mixed: '${first!.name}' and '${name}' published different data`,
        { hint: 'measure both with the same source and seed' },
      );
    }
  }
}

/** By rate, size and length of the window: SHA-256 of what was published. */
function feedsOf({ cells }: LabResult): Map<string, Set<string>> {
  const feeds = new Map<string, Set<string>>();
  for (const cell of cells) {
    const hash = localServer(cell)?.feed_sha256 ?? null;
    if (hash === null) continue;
    const load = JSON.stringify([cell.rate_per_s, cell.size_bytes, cell.duration_s]);
    feeds.set(load, (feeds.get(load) ?? new Set()).add(hash));
  }
  return feeds;
}

function refused(message: string, options: { readonly hint: string }): LabError {
  return new LabError('LAB_ERR_BAD_VALUE', message, options);
}
