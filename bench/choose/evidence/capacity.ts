/** How much a server can carry, as a search found it. Pure. */
import type { Amounts } from './amounts.js';
import { type MeasuredCell, NO_LINK, type Stack, stackKey } from './stacks.js';

/** The largest load of one stack that met the objectives of a search. */
export interface Capacity {
  readonly stack: Stack;
  /** Null = none. */
  readonly link: string | null;
  readonly sizeBytes: number;
  /** The load at the lower bound; one of the two was varied. */
  readonly clients: number;
  readonly ratePerSecond: number;
  /** What held there. */
  readonly goal: string;
}

/** The capacity of the stack of a cell, behind its link and with messages of its size. */
export function capacityOf(
  { stack, link, load }: MeasuredCell,
  capacities: readonly Capacity[],
): Capacity | undefined {
  return capacities.find(
    (one) =>
      stackKey(one.stack) === stackKey(stack) &&
      (one.link ?? NO_LINK) === link &&
      one.sizeBytes === load.sizeBytes,
  );
}

/**
 * The same amounts on servers that are planned to carry `headroom` of their capacity, which is
 * taken as deliveries/s: twice the rate, half of the clients. A server has one core at least, and
 * what it uses at capacity where that is more: its cores are paid for whether they are busy or not.
 * @param perSecond deliveries/s of one client
 */
export function atCapacity(
  amounts: Amounts,
  perSecond: number,
  capacity: Capacity,
  headroom: number,
): Amounts {
  const clients = (capacity.clients * capacity.ratePerSecond) / perSecond;
  const cores = Math.max(1, amounts.cpuHours * clients);
  return { ...amounts, cpuHours: cores / (clients * headroom) };
}
