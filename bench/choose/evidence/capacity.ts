/** How much a server can carry, as a search found it. Pure. */
import type { Amounts } from './amounts.js';

/** The largest load of one stack that met the objectives of a search. */
export interface Capacity {
  readonly transport: string;
  readonly codec: string;
  /** Null = none. */
  readonly link: string | null;
  /** What was varied, of which `lowerBound` is the largest value that held. */
  readonly vary: 'clients' | 'rate' | 'size';
  /** The load; the one that was varied is where the search began. */
  readonly clients: number;
  readonly ratePerSecond: number;
  readonly lowerBound: number;
}

/** Deliveries/s at the lower bound. */
export function deliveriesAtCapacity(capacity: Capacity): number {
  const { vary, clients, ratePerSecond, lowerBound } = capacity;
  if (vary === 'clients') return lowerBound * ratePerSecond;
  return vary === 'rate' ? clients * lowerBound : clients * ratePerSecond;
}

/**
 * The same amounts on servers that are planned to carry `headroom` of their capacity. A server has
 * one core at least, and what it uses at capacity where that is more: its cores are paid for
 * whether they are busy or not.
 * @param perSecond deliveries/s of one client
 */
export function atCapacity(
  amounts: Amounts,
  perSecond: number,
  capacity: Capacity,
  headroom: number,
): Amounts {
  const clients = deliveriesAtCapacity(capacity) / perSecond;
  const cores = Math.max(1, amounts.cpuHours * clients);
  return { ...amounts, cpuHours: cores / (clients * headroom) };
}
