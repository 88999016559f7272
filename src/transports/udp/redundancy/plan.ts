import { datagramsToForget, lossAfterParity, type PathLoss } from './gilbert.js';

/** How a group of datagrams is protected: `depth` parities, each over `k` of them. */
export interface ParityPlan {
  /** Data of a block: its parity adds 1 ÷ k. */
  readonly k: number;
  /** Blocks that are interleaved: members of one are so far apart. */
  readonly depth: number;
}

/** What is known of the way of one subscriber. */
export interface KnownPath extends PathLoss {
  /** Datagrams in a second; undefined = not known yet. */
  readonly perSecond: number | undefined;
  /** Bytes of a parity ÷ those of a datagram, in the mean: it is as long as the longest. */
  readonly parityLength: number;
}

/** Data of a group, at most: what clients keep, with some to spare for what comes late. */
export const LARGEST_GROUP = 128;
/** From the cheapest to the strongest. A few, so that subscribers share parities. */
const LENGTHS = [20, 14, 10, 8, 7, 6, 5] as const;
/** Of the bytes of the data, parities are to be no more. */
export const PARITY_BUDGET: number = 1 / 4;
const DEPTHS = [1, 2, 3, 5, 7, 10, 14, 20, 25] as const;
/** As long as nothing is known of the rate. */
const FIRST_GROUP = 25;
/** A burst is left when so much of the state of the path is left: 10 datagrams at a burst of 3. */
const REMAINING_STATE = 1 / 50;
/** So much of the loss may remain where a shorter block could do better: 1 ÷ k is its price. */
const ACCEPTED_SHARE = 1 / 10;
/** Datagrams that a copy may be behind its original. */
const LONGEST_DELAY = 64;

/**
 * Interleaves as deep as bursts are long, and as the deadline allows: a group is sent in that time.
 * Then the longest block that leaves a tenth of the loss at most; if none does, of those that the
 * budget allows the one that leaves least.
 */
export function planParity(path: KnownPath, deadlineMs: number): ParityPlan {
  const group = datagramsIn(path, deadlineMs, FIRST_GROUP, LARGEST_GROUP);
  const wanted = datagramsToForget(path, REMAINING_STATE);
  let best: ParityPlan | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const k of LENGTHS) {
    const depth = depthOf(Math.min(wanted, Math.floor(group / k)));
    const remaining = lossAfterParity(path, k, depth);
    const isPayable = path.parityLength / k <= PARITY_BUDGET || k === LENGTHS[0];
    if (!isPayable || remaining >= least) continue;
    best = { k, depth };
    least = remaining;
    if (k * depth <= group && remaining <= path.loss * ACCEPTED_SHARE) break;
  }
  return best as ParityPlan;
}

/** Datagrams behind its original at which a copy leaves the burst, if the deadline allows. */
export function planCopyDelay(path: KnownPath, deadlineMs: number): number {
  const most = datagramsIn(path, deadlineMs, LONGEST_DELAY, LONGEST_DELAY);
  return Math.min(datagramsToForget(path, REMAINING_STATE), most);
}

function datagramsIn(
  { perSecond }: KnownPath,
  deadlineMs: number,
  unknown: number,
  most: number,
): number {
  if (perSecond === undefined) return unknown;
  return Math.max(1, Math.min(most, Math.floor((perSecond * deadlineMs) / 1_000)));
}

/** The largest depth there is up to this; 1 at least. */
function depthOf(most: number): number {
  let found = 1;
  for (const depth of DEPTHS) if (depth <= most) found = depth;
  return found;
}
