/** Results to choose from: each figure of each run as a test wants it. */
import type { CellResult, LabResult } from '../../../bench/result/result.js';
import { makeCell, withLocal } from './cell-factory.js';
import { linkOf, type Where } from './loss-sweep.js';
import { makeResult } from './result-factory.js';

export interface StackSpec {
  readonly transport: string;
  readonly codec?: string;
  readonly repair?: string;
}

/** A place on the grid of what is measured; what is left out is as usual. */
export interface Spot {
  readonly clients?: number;
  readonly rate?: number;
  /** Absent = no link. */
  readonly where?: Where;
}

export interface RunSpec {
  /** µs. */
  readonly p99?: number | null;
  readonly staleness?: number | null;
  /** Share. */
  readonly loss?: number;
  /** CPU-µs per delivery. */
  readonly cpu?: number;
  /** IP bytes per delivery. */
  readonly bytes?: number;
  /** Resident memory of the server. */
  readonly rss?: number;
  readonly status?: CellResult['verdict']['status'];
}

/**
 * Every stack at every spot, `runs` times.
 * @param figures of a run from 0 on; null = this stack was not measured at this spot
 */
export function makeChoice(
  spots: readonly Spot[],
  stacks: readonly StackSpec[],
  runs: number,
  figures: (stack: StackSpec, spot: Spot, run: number) => RunSpec | null,
  overrides: Partial<LabResult> = {},
): LabResult {
  const templates = new Map<string, CellResult>();
  const cells = spots.flatMap((spot) =>
    stacks.flatMap((stack) =>
      Array.from({ length: runs }, (_, run): CellResult | null => {
        const spec = figures(stack, spot, run);
        if (spec === null) return null;
        const { transport, codec = 'msgpack', repair = 'none' } = stack;
        const { clients = 20, rate = 100, where } = spot;
        const key = JSON.stringify([transport, codec, repair, clients, rate]);
        const cell =
          templates.get(key) ??
          withLocal(makeCell({ transport, codec, clients, rate, seconds: 2 }), { repair });
        templates.set(key, cell);
        const link = where === undefined ? null : linkOf(where).name;
        return { ...withFigures(cell, spec), id: `${key}${link}#${run + 1}`, link, run: run + 1 };
      }),
    ),
  );
  const wheres = spots.flatMap(({ where }) => (where === undefined ? [] : [where]));
  const links = new Map(wheres.map((where) => [linkOf(where).name, linkOf(where)]));
  return makeResult(
    cells.filter((cell) => cell !== null),
    { links: [...links.values()], ...overrides },
  );
}

function withFigures(cell: CellResult, spec: RunSpec): CellResult {
  const { p99 = 5_000, staleness = 20_000, loss = 0, cpu = 2, bytes = 120, rss = 9e7 } = spec;
  const expected = cell.expected ?? 0;
  const delivered = Math.round(expected * (1 - loss));
  return {
    ...cell,
    loss_ratio: loss,
    delivered,
    lost: expected - delivered,
    latency_us: { ...cell.latency_us, p99 },
    receipt_us: { ...cell.receipt_us, p99 },
    staleness_us: { ...cell.staleness_us!, p99: staleness },
    cpu_us_per_delivery: { ...cell.cpu_us_per_delivery, server: cpu },
    wire: { ...cell.wire, ip_bytes_per_delivery: bytes },
    rss_bytes: { ...cell.rss_bytes, server: rss },
    verdict: { status: spec.status ?? 'VALID', reasons: [] },
  };
}
