/** Which cells of two results are the same experiment, and which of their runs may be used. */

import type { CellResult, LabResult } from '../result/result.js';
import { localServer } from '../result/server.js';
import { isUsable, usableRuns } from '../result/usable.js';
import type { CellIdentity, RunCounts, UnmatchedCell } from './comparison.js';
import { NearestCells } from './nearest.js';

/** The runs of one cell on one side. */
export interface CellRuns {
  readonly identity: CellIdentity;
  readonly cells: readonly CellResult[];
  /** Neither INVALID nor cut short, with deliveries, and latencies that end at the same. */
  readonly usable: readonly CellResult[];
  /** The same by session; those without any are not in it. */
  readonly sessions: readonly (readonly CellResult[])[];
  readonly counts: RunCounts;
}

/** The cells of the results of one side, in their order, by their key. */
export function cellsByKey(results: readonly LabResult[]): Map<string, CellRuns> {
  const groups = new Map<string, CellResult[][]>();
  for (const [session, { cells }] of results.entries()) {
    for (const cell of cells) {
      const key = JSON.stringify(identityOf(cell));
      const group = groups.get(key) ?? results.map(() => []);
      groups.set(key, group);
      group[session]!.push(cell);
    }
  }
  return new Map([...groups].map(([key, group]) => [key, cellRuns(group)]));
}

function cellRuns(bySession: readonly (readonly CellResult[])[]): CellRuns {
  const cells = bySession.flat();
  const usable = usableRuns(cells);
  const isIn = new Set(usable);
  const sessions = bySession
    .map((one) => one.filter((cell) => isIn.has(cell)))
    .filter(({ length }) => length > 0);
  const others = cells.filter(isUsable).length - usable.length;
  const invalid = cells.filter(({ verdict }) => verdict.status === 'INVALID').length;
  const counts: RunCounts = {
    sessions: sessions.length,
    usable: usable.length,
    suspect: usable.filter(({ verdict }) => verdict.status === 'SUSPECT').length,
    invalid,
    incomplete: cells.length - invalid - usable.length - others,
    other_latency: others,
  };
  return { identity: identityOf(cells[0]!), cells, usable, sessions, counts };
}

/** What nobody knows of a server that was running already. */
const FOREIGN = { policy: null, flush: null, repair: null, congestion: null };

function identityOf(cell: CellResult): CellIdentity {
  const { transport, codec, clients, rate_per_s, size_bytes, duration_s, link } = cell;
  const { policy, flush, repair, congestion } = localServer(cell) ?? FOREIGN;
  const load = {
    ...{ clients, rate_per_s, size_bytes, duration_s, link },
    link_trace_sha256: traceOf(cell),
  };
  return { transport, codec, ...load, policy, flush, repair, congestion };
}

function traceOf({ link_traces: traces }: CellResult): string | null {
  if (traces === null) return null;
  const files = [traces.up, traces.down].filter((sha256) => sha256 !== null);
  return [...new Set(files)].join();
}

/** The cells of `own` that `other` lacks. */
export function unmatchedIn(
  own: ReadonlyMap<string, CellRuns>,
  other: ReadonlyMap<string, CellRuns>,
  label: string,
): UnmatchedCell[] {
  const loose = [...other].filter(([key]) => !own.has(key)).map(([, { identity }]) => identity);
  const nearest = new NearestCells(loose, FIELDS);
  return [...own]
    .filter(([key]) => !other.has(key))
    .map(([, { identity, cells }]) => ({
      ...identity,
      only_in: label,
      runs: cells.length,
      nearest: howItDiffers(identity, nearest.find(identity)),
    }));
}

const FIELD_NAMES: Readonly<Record<keyof CellIdentity, string>> = {
  transport: 'transport',
  codec: 'codec',
  clients: 'clients',
  rate_per_s: 'rate',
  size_bytes: 'size',
  duration_s: 'duration',
  link: 'link',
  link_trace_sha256: 'trace of the link',
  policy: 'policy',
  flush: 'flush',
  repair: 'repair',
  congestion: 'congestion',
};
const FIELDS = Object.keys(FIELD_NAMES) as (keyof CellIdentity)[];

/** Says how the most similar cell differs: most often one flag was another. */
function howItDiffers(identity: CellIdentity, nearest: CellIdentity | null): string | null {
  if (nearest === null) return null;
  return FIELDS.filter((field) => nearest[field] !== identity[field])
    .map(
      (field) =>
        `${FIELD_NAMES[field]} ${shown(field, nearest)} instead of ${shown(field, identity)}`,
    )
    .join(', ');
}

function shown(field: keyof CellIdentity, cell: CellIdentity): string {
  if (field === 'link') return cell.link ?? 'none';
  if (field === 'link_trace_sha256') return cell.link_trace_sha256 ?? 'not known';
  const isForeign = cell.size_bytes === null;
  return String(cell[field] ?? (isForeign ? 'of a running server' : 'recorded'));
}
