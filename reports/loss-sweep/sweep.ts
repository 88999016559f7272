/**
 * A sweep over links that differ in delay and loss and in nothing else: what was measured at each of
 * them. Pure.
 */
import type { CellResult, LabResult, LinkFound } from '../../bench/result/result.js';
import { localServer } from '../../bench/result/server.js';
import { type CellRuns, cellRunsOf } from '../model/cell-runs.js';
import { groupBy, loadName, type Workload, workloadsOf } from '../model/cells.js';

/** What one link loses, and how far it is. */
export interface Place {
  /** Both ways, without queues, µs. */
  readonly rttMicros: number;
  /** Of the packets, each way. */
  readonly loss: number;
  /** Mean number lost in a row; null = each on its own. Of a link without loss null. */
  readonly burst: number | null;
}

export interface SweepPoint extends Place {
  readonly workload: Workload;
  /** One for each stack that was measured here. */
  readonly rows: readonly CellRuns[];
}

/** A transport with its settings, as a line and a column are called. */
export interface StackName {
  /** `udp/msgpack repair nak`. */
  readonly pair: string;
  /** Without what is the same in all of them: `udp nak`. */
  readonly name: string;
}

export interface LossSweep {
  /** `20 clients × 200 msg/s × 60 B`, and what else the links have. */
  readonly load: string;
  readonly stacks: readonly StackName[];
  /** By round trip, burst and loss, each ascending; those that are lost alone come first. */
  readonly points: readonly SweepPoint[];
}

/** The sweeps of a result: two losses at least, the same both ways. */
export function lossSweepsOf(result: LabResult): LossSweep[] {
  const asked = new Map(result.links.map((link) => [link.name, link.asked]));
  const found = workloadsOf(result).flatMap((workload) => {
    const place = placeOf(asked.get(workload.cells[0]!.link ?? '') ?? null);
    return place === null ? [] : [{ workload, place }];
  });
  const loadOf = ({ cells: [cell] }: Workload, others: string): string =>
    `${loadName({ ...cell!, link: null })}${others === '' ? '' : ` behind ${others}`}`;
  const keyOf = ({ workload, place }: (typeof found)[number]): string =>
    `${loadOf(workload, place.others)} ${workload.cells[0]!.duration_s}`;
  return [...groupBy(found, keyOf).values()]
    .filter((group) => new Set(group.map(({ place }) => place.loss)).size > 1)
    .map((group) => {
      const points = group
        .map(({ workload, place: { rttMicros, loss, burst } }): SweepPoint => {
          return { rttMicros, loss, burst, workload, rows: cellRunsOf(result, workload) };
        })
        .sort(
          (a, b) => a.rttMicros - b.rttMicros || (a.burst ?? 0) - (b.burst ?? 0) || a.loss - b.loss,
        );
      return {
        load: loadOf(group[0]!.workload, group[0]!.place.others),
        stacks: stackNames(points),
        points,
      };
    });
}

function placeOf(asked: LinkFound['asked']): (Place & { readonly others: string }) | null {
  if (asked === null) return null;
  const { up, down } = asked;
  if (down.loss_ratio === null || !isAlike(up, down)) return null;
  return {
    rttMicros: up.delay_us + down.delay_us,
    loss: down.loss_ratio,
    burst: down.loss_ratio === 0 ? null : down.burst,
    others: asked.else,
  };
}

type Asked = NonNullable<LinkFound['asked']>['up'];

function isAlike(up: Asked, down: Asked): boolean {
  return up.loss_ratio === down.loss_ratio && up.burst === down.burst;
}

/** In the order of the result; what all have in common is left out. */
function stackNames(points: readonly SweepPoint[]): StackName[] {
  const rows = points.flatMap((point) => point.rows);
  const first = new Map(rows.map((one) => [one.pair, one.typical] as const).toReversed());
  const pairs = [...new Set(rows.map(({ pair }) => pair))];
  const cells = pairs.map((pair) => first.get(pair)!);
  const told = PARTS.filter((of) => new Set(cells.map(of)).size > 1);
  return pairs.map((pair, i) => {
    const words = told.map((of) => of(cells[i]!)).filter((word) => word !== '');
    return { pair, name: [cells[i]!.transport, ...words].join(' ') };
  });
}

/** Besides the transport; empty = as usual. */
const PARTS: readonly ((cell: CellResult) => string)[] = [
  ({ codec }) => codec,
  (cell) => settingOf(cell, 'flush', 'auto', 'flush '),
  (cell) => settingOf(cell, 'repair', 'none'),
  (cell) => settingOf(cell, 'congestion', 'default'),
  (cell) => settingOf(cell, 'policy', 'drop-oldest'),
];

function settingOf(
  cell: CellResult,
  name: 'flush' | 'repair' | 'congestion' | 'policy',
  usual: string,
  prefix = '',
): string {
  const value = localServer(cell)?.[name] ?? usual;
  return value === usual ? '' : prefix + value;
}
