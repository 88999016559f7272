/** Which cells of two results are the same experiment, and which of their runs may be used. */
import type { CellIdentity, RunCounts, UnmatchedCell } from '../compare-result.js';
import type { CellResult, LabResult } from '../result.js';

/** The runs of one cell in one result. */
export interface CellRuns {
  readonly identity: CellIdentity;
  readonly cells: readonly CellResult[];
  /** Neither INVALID nor cut short, with deliveries. */
  readonly usable: readonly CellResult[];
  readonly counts: RunCounts;
}

/** The cells of a result in its order, by their key. */
export function cellsByKey({ cells }: LabResult): Map<string, CellRuns> {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = JSON.stringify(identityOf(cell));
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return new Map([...groups].map(([key, group]) => [key, cellRuns(group)]));
}

function cellRuns(cells: readonly CellResult[]): CellRuns {
  const valid = cells.filter(({ verdict }) => verdict.status !== 'INVALID');
  const usable = valid.filter(({ incomplete, delivered }) => !incomplete && delivered > 0);
  const counts: RunCounts = {
    usable: usable.length,
    suspect: usable.filter(({ verdict }) => verdict.status === 'SUSPECT').length,
    invalid: cells.length - valid.length,
    incomplete: valid.length - usable.length,
  };
  return { identity: identityOf(cells[0]!), cells, usable, counts };
}

function identityOf(cell: CellResult): CellIdentity {
  const { transport, codec, clients, rate_per_s, size_bytes, duration_s, policy, flush } = cell;
  return { transport, codec, clients, rate_per_s, size_bytes, duration_s, policy, flush };
}

/** The cells of `own` that `other` lacks. */
export function unmatchedIn(
  own: ReadonlyMap<string, CellRuns>,
  other: ReadonlyMap<string, CellRuns>,
  label: string,
): UnmatchedCell[] {
  const loose = [...other].filter(([key]) => !own.has(key)).map(([, { identity }]) => identity);
  return [...own]
    .filter(([key]) => !other.has(key))
    .map(([, { identity, cells }]) => ({
      ...identity,
      only_in: label,
      runs: cells.length,
      nearest: nearestOf(identity, loose),
    }));
}

const FIELD_NAMES: Readonly<Record<keyof CellIdentity, string>> = {
  transport: 'transport',
  codec: 'codec',
  clients: 'clients',
  rate_per_s: 'rate',
  size_bytes: 'size',
  duration_s: 'duration',
  policy: 'policy',
  flush: 'flush',
};
const FIELDS = Object.keys(FIELD_NAMES) as (keyof CellIdentity)[];

/** Says how the most similar of `others` differs: most often one flag was another. */
function nearestOf(identity: CellIdentity, others: readonly CellIdentity[]): string | null {
  const differing = others
    .map((other) => ({ other, fields: FIELDS.filter((field) => other[field] !== identity[field]) }))
    .sort((a, b) => a.fields.length - b.fields.length)[0];
  if (differing === undefined) return null;
  return differing.fields
    .map(
      (field) =>
        `${FIELD_NAMES[field]} ${shown(field, differing.other)} instead of ${shown(field, identity)}`,
    )
    .join(', ');
}

function shown(field: keyof CellIdentity, cell: CellIdentity): string {
  const isForeign = cell.size_bytes === null;
  return String(cell[field] ?? (isForeign ? 'of a running server' : 'recorded'));
}
