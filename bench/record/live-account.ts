/**
 * What is missing and what the instrument adds, over all subscriber processes of a cell, as of the
 * last second: for whoever watches it run. The result counts anew, at the end. Pure.
 */

/** What a process counts up to the end of a second, for whoever watches the cell. */
export interface CountsSoFar {
  /**
   * Messages that its subscribers were to have, from the first of each to the last: window and
   * warm-up; and how many of those they have not.
   */
  readonly due: number;
  readonly missing: number;
  /** Deliveries of the window whose arrival is known by a stamp, and the sum of receipt − arrival over them, µs. */
  readonly stamped: number;
  readonly instrumentSum: number;
  /** All deliveries of the window, and the sum of their latencies by receipt, µs. */
  readonly received: number;
  readonly receiptSum: number;
}

/** Of the deliveries; with fewer the two means are of different deliveries. */
const FEWEST_STAMPED = 0.9;

export interface LiveAccount {
  /**
   * Missing ÷ due, a share: of the messages up to the last that each subscriber has, those that it
   * has not. Some may still come: late, reordered or repaired. Null while nothing is due.
   */
  readonly missing: number | null;
  /**
   * Mean of receipt − arrival ÷ mean of receipt, a share; null where fewer than 90 % of the
   * deliveries were read with a stamp.
   */
  readonly instrumentShare: number | null;
}

/** @param processes the newest counts of each */
export function liveAccount(processes: Iterable<CountsSoFar>): LiveAccount {
  let [due, missing, stamped, instrumentSum, received, receiptSum] = [0, 0, 0, 0, 0, 0];
  for (const one of processes) {
    due += one.due;
    missing += one.missing;
    stamped += one.stamped;
    instrumentSum += one.instrumentSum;
    received += one.received;
    receiptSum += one.receiptSum;
  }
  const isKnown = stamped > 0 && receiptSum > 0 && stamped >= received * FEWEST_STAMPED;
  return {
    missing: due === 0 ? null : missing / due,
    instrumentShare: isKnown ? instrumentSum / stamped / (receiptSum / received) : null,
  };
}
