/** What a cell is called, how it is marked, and which cells may be compared with which. */
import type { CellIdentity } from '../../bench/compare/comparison.js';
import type { CellResult, LabResult } from '../../bench/result/result.js';
import { localServer } from '../../bench/result/server.js';
import { formatByteSetting, formatInteger, formatSeconds, formatSetting } from '../format.js';

type VerdictStatus = CellResult['verdict']['status'];

const MARKS: Readonly<Record<VerdictStatus, string>> = { VALID: '✔', SUSPECT: '⚠', INVALID: '✘' };

/** `✔ VALID`, `⚠ SUSPECT`, `✘ INVALID`. */
export function verdictMark(status: VerdictStatus): string {
  return `${MARKS[status]} ${status}`;
}

/**
 * `tcp/msgpack`; with `flush 2ms` unless that is auto, `repair nak`, `congestion bbr` where it was
 * asked for, and `policy conflate` unless
 * that is drop-oldest. Not for a table or chart on its own:
 * those need the mark, see `markedName`.
 */
export function pairName(cell: CellResult): string {
  const { transport, codec } = cell;
  const { flush = null, repair = null, congestion = null, policy = null } = localServer(cell) ?? {};
  return identityName({ transport, codec, flush, repair, congestion, policy });
}

/** The same of what two results have in common. */
export function identityName({
  transport,
  codec,
  flush,
  repair,
  congestion,
  policy,
}: Pick<
  CellIdentity,
  'transport' | 'codec' | 'flush' | 'repair' | 'congestion' | 'policy'
>): string {
  const flushed = flush === null || flush === 'auto' ? '' : ` flush ${flush}`;
  const repaired = repair === null || repair === 'none' ? '' : ` repair ${repair}`;
  const controlled =
    congestion === null || congestion === 'default' ? '' : ` congestion ${congestion}`;
  const ruled = policy === null || policy === 'drop-oldest' ? '' : ` policy ${policy}`;
  return `${transport}/${codec}${flushed}${repaired}${controlled}${ruled}`;
}

/**
 * The name of a cell in a table: its mark first, so that no scrolled or narrow view can hide it,
 * and its load where there are several.
 */
export function markedName(cell: CellResult, result: LabResult): string {
  return `${shortMark(cell)} ${fullName(cell, result)}${loadSuffix(cell, result)}`;
}

function shortMark({ verdict: { status } }: CellResult): string {
  return status === 'VALID' ? MARKS.VALID : verdictMark(status);
}

/**
 * The names of a group of cells, for a sentence. Of repeated cells one name each, with the runs:
 * twenty names that differ in a digit are not read.
 */
export function markedNames(cells: readonly CellResult[], result: LabResult): string[] {
  if (!isRepeated(result)) return cells.map((cell) => markedName(cell, result));
  const nameOf = (cell: CellResult): string =>
    `${shortMark(cell)} ${pairName(cell)}${cell.incomplete ? ' (cut short)' : ''}${loadSuffix(cell, result)}`;
  return [...groupBy(cells, nameOf)].map(([name, runs]) => {
    const numbers = runs.map(({ run }) => run).sort((a, b) => a - b);
    return `${name} (${runs.length === 1 ? 'run' : 'runs'} ${ranges(numbers)})`;
  });
}

/** `1–3, 5` of 1, 2, 3 and 5. */
function ranges(numbers: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else spans.push([number, number]);
  }
  return spans.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}

/** ` with 100 clients × 1,000 msg/s × 128 B` where the cells of a result had different loads. */
export function loadSuffix(cell: CellResult, { cells }: Pick<LabResult, 'cells'>): string {
  return traitsOf(cells).severalLoads ? ` with ${loadName(cell)}` : '';
}

/** The bare name of a cell and its verdict, in words even when it is VALID. */
export function nameWithVerdict(cell: CellResult, result: LabResult): string {
  return `${verdictMark(cell.verdict.status)} ${fullName(cell, result)}`;
}

function fullName(cell: CellResult, result: LabResult): string {
  const run = isRepeated(result) ? ` run ${cell.run}` : '';
  return `${pairName(cell)}${run}${cell.incomplete ? ' (cut short)' : ''}`;
}

export function isRepeated({ cells }: Pick<LabResult, 'cells'>): boolean {
  return traitsOf(cells).repeated;
}

/** What the name of every single cell depends on. */
interface Traits {
  readonly repeated: boolean;
  readonly severalLoads: boolean;
}

/**
 * Asked for by each row of each table: found anew each time, it would cost the square of the cells.
 */
const TRAITS = new WeakMap<readonly CellResult[], Traits>();

function traitsOf(cells: readonly CellResult[]): Traits {
  const known = TRAITS.get(cells);
  if (known !== undefined) return known;
  const first = cells[0] === undefined ? '' : workloadKey(cells[0]);
  const traits = {
    repeated: cells.some(({ run }) => run > 1),
    severalLoads: cells.some((cell) => workloadKey(cell) !== first),
  };
  TRAITS.set(cells, traits);
  return traits;
}

/**
 * Everything that has to be equal before two cells may be compared, and the cells for which it is.
 */
export interface Workload {
  readonly key: string;
  /** `100 clients × 1,000 msg/s × 128 B`. */
  readonly name: string;
  readonly cells: readonly CellResult[];
}

/** Workloads in the order in which the result first shows them. */
export function workloadsOf(result: LabResult): Workload[] {
  const manyDurations = new Set(result.cells.map((cell) => cell.duration_s)).size > 1;
  return [...groupBy(result.cells, workloadKey)].map(([key, cells]) => ({
    key,
    name: loadName(cells[0]!) + (manyDurations ? ` × ${formatSeconds(cells[0]!.duration_s)}` : ''),
    cells,
  }));
}

/** `100 clients × 1,000 msg/s × 128 B behind 4g`: clients, feed rate in total, message size, link. */
export function loadName(
  cell: Pick<CellResult, 'clients' | 'rate_per_s' | 'size_bytes' | 'link'>,
): string {
  const clients = plural(cell.clients, 'client');
  if (cell.size_bytes === null) return `${clients} × ${rateName(cell)}`;
  const behind = cell.link === null ? '' : ` behind ${cell.link}`;
  return `${clients} × ${rateName(cell)} × ${formatByteSetting(cell.size_bytes)}${behind}`;
}

/**
 * `1,000 msg/s`, or whose pace it is. Only a server that was running already has a payload that nobody
 * knows.
 */
export function rateName({
  rate_per_s: rate,
  size_bytes: size,
}: Pick<CellResult, 'rate_per_s' | 'size_bytes'>): string {
  if (rate !== null) return `${formatSetting(rate)} msg/s`;
  return size === null ? 'a running server' : 'recorded pace';
}

function workloadKey(cell: CellResult): string {
  return `c${cell.clients}-r${cell.rate_per_s ?? 'replay'}-s${cell.size_bytes}-d${cell.duration_s}-l${cell.link}`;
}

/**
 * The same result, its cells in the order of the lists they come from, the runs of each side by
 * side. Repeats are measured in shuffled rounds, and no table should have its rows in an order that
 * means nothing.
 */
export function inPlanOrder(result: LabResult): LabResult {
  if (!isRepeated(result)) return result;
  const { durations_s, sizes_bytes, rates_per_s, clients, transports, codecs, server } =
    result.config.effective;
  const durationPlace = placesIn(durations_s);
  const sizePlace = placesIn(sizes_bytes);
  const ratePlace = placesIn(rates_per_s ?? []);
  const clientsPlace = placesIn(clients);
  const transportPlace = placesIn(transports);
  const codecPlace = placesIn(codecs);
  const linkPlace = placesIn(server.kind === 'local' ? server.links : []);
  const flushPlace = placesIn(server.kind === 'local' ? server.flush.split(',') : []);
  const repairPlace = placesIn(server.kind === 'local' ? server.repairs : []);
  const congestionPlace = placesIn(server.kind === 'local' ? server.congestions : []);
  const policyPlace = placesIn(server.kind === 'local' ? server.policy.split(',') : []);
  const places = (cell: CellResult): number[] => [
    durationPlace(cell.duration_s),
    cell.size_bytes === null ? 0 : sizePlace(cell.size_bytes),
    rates_per_s === null ? 0 : ratePlace(cell.rate_per_s ?? 0),
    clientsPlace(cell.clients),
    linkPlace(cell.link ?? 'none'),
    transportPlace(cell.transport),
    codecPlace(cell.codec),
    cell.server.kind === 'target' ? 0 : flushPlace(cell.server.flush),
    cell.server.kind === 'target' ? 0 : repairPlace(cell.server.repair),
    cell.server.kind === 'target' ? 0 : congestionPlace(cell.server.congestion),
    cell.server.kind === 'target' ? 0 : policyPlace(cell.server.policy),
    cell.run,
  ];
  const ranked = result.cells.map((cell) => ({ cell, at: places(cell) }));
  const order = (a: readonly number[], b: readonly number[]): number =>
    a.map((place, i) => place - b[i]!).find((difference) => difference !== 0) ?? 0;
  return { ...result, cells: ranked.sort((a, b) => order(a.at, b.at)).map(({ cell }) => cell) };
}

/** Like `indexOf`, at the same cost however long the list is. */
function placesIn<T>(list: readonly T[]): (item: T) => number {
  const places = new Map<T, number>();
  for (const [i, item] of list.entries()) if (!places.has(item)) places.set(item, i);
  return (item) => places.get(item) ?? -1;
}

/** Groups in the order of their first member. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** `a`, `a and b`, `a, b and c`. */
export function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `1 cell`, `4 cells`. */
export function plural(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? '' : 's'}`;
}
