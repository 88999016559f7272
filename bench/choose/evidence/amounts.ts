/** What a client uses up in an hour, and what that costs. Pure. */
import type { CellResult } from '../../result/result.js';
import { memoryPerClient } from '../question/criteria.js';
import type { Prices } from '../question/prices.js';

/** Of one client, in an hour. */
export interface Amounts {
  /** Hours of a core. */
  readonly cpuHours: number;
  /** 10^9 bytes of IP packets, acknowledgements of clients among them. */
  readonly egressGb: number;
  /** 10^9 bytes held for an hour. */
  readonly ramGbHours: number;
}

const SECONDS_PER_HOUR = 3_600;
const GB = 1e9;
/** A month as clouds bill it. */
export const HOURS_PER_MONTH = 730;

/**
 * Deliveries/s of a client: of the messages of the window, those that came after it too, so that a
 * slow path does not seem cheap. Null where nobody counted.
 */
export function deliveriesPerClient({ delivered, joined, duration_s }: CellResult): number | null {
  return delivered === null || joined === 0 ? null : delivered / joined / duration_s;
}

/**
 * deliveries/s of a client × what a delivery takes; null where the run lacks a figure of it. CPU is
 * that of the server's processes.
 */
export function amountsOf(cell: CellResult): Amounts | null {
  const [ofClient, memory] = [deliveriesPerClient(cell), memoryPerClient(cell)];
  const [cpu, bytes] = [cell.cpu_us_per_delivery.server, cell.wire.ip_bytes_per_delivery];
  if (ofClient === null || cpu === null || bytes === null || memory === null) return null;
  return {
    cpuHours: (ofClient * cpu) / 1e6,
    egressGb: (ofClient * bytes * SECONDS_PER_HOUR) / GB,
    ramGbHours: memory / GB,
  };
}

/** Parts of what a client costs in an hour, in the currency of the prices. */
export interface CostParts {
  readonly cpu: number;
  readonly egress: number;
  readonly ram: number;
}

export function costOf(amounts: Amounts, prices: Prices): CostParts {
  return {
    cpu: amounts.cpuHours * prices['cpu-hour'],
    egress: amounts.egressGb * prices['gb-egress'],
    ram: amounts.ramGbHours * prices['gb-ram-hour'],
  };
}

export function totalOf({ cpu, egress, ram }: CostParts): number {
  return cpu + egress + ram;
}
