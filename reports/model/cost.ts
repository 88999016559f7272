/**
 * What a pair costs for ten thousand clients, each at the rate of its cell: the measured load,
 * scaled linearly by the clients. No extrapolation of how a server behaves when it is full: a bill,
 * not a capacity. docs/design/methodology.md, "Cost for 10,000 clients". Pure.
 */
import type { CellResult } from '../../bench/result/result.js';
import { type CellRuns, medianOf } from './cell-runs.js';

/** Clients that costs are for. */
export const COST_CLIENTS = 10_000;

/** Medians over the runs that count; null where a run does not know it. */
export interface Cost {
  /** CPU cores of the server process. */
  readonly cores: number | null;
  /** Memory that the server holds for clients that are joined, bytes. */
  readonly memoryBytes: number | null;
  /** Bit/s of both directions, with the headers of IP, TCP and UDP. */
  readonly bitsPerSecond: number | null;
}

/** What a multicast server sends does not grow with its clients: it has no such cost. */
export function costOf(one: CellRuns): Cost {
  if (one.typical.transport === 'udp-multicast')
    return { cores: null, memoryBytes: null, bitsPerSecond: null };
  return {
    cores: scaled(one, (cell) => cell.cpu_us_per_delivery.server, 1e-6),
    memoryBytes: medianOf(one, ({ rss_bytes: { server_per_client: bytes } }) =>
      bytes === null ? null : bytes * COST_CLIENTS,
    ),
    bitsPerSecond: scaled(one, (cell) => cell.wire.ip_bytes_per_delivery, 8),
  };
}

/** A cost of each delivery, × what a client was delivered a second, × the clients. */
function scaled(
  one: CellRuns,
  of: (cell: CellResult) => number | null,
  factor: number,
): number | null {
  return medianOf(one, (cell) => {
    const each = of(cell);
    const { messages_per_s: rate } = cell.goodput;
    return each === null || rate === null
      ? null
      : each * factor * (rate / cell.clients) * COST_CLIENTS;
  });
}
