/** What the model decides of packets that were sent at these times. Pure. */
import { type Decision, FATE, type Fate, type LinkDirection } from '../fate.js';
import type { PacketTrain, ProbePlan } from './plan.js';

/** Of one packet; times are µs of the clock of those who sent. */
export interface Prediction {
  readonly fate: Fate;
  /** Of use where it is delivered. */
  readonly arrivesAt: number;
  /** How often it arrives unharmed, and harmed. */
  readonly copies: number;
  readonly harmed: number;
  readonly isHeldBack: boolean;
}

/** Which train packet `i` is of. */
export function trainOf({ spaced, fill }: ProbePlan, spacedSent: number, i: number): PacketTrain {
  return i < spacedSent || fill === undefined ? spaced : fill;
}

/**
 * `direction` has seen no packet yet. `bytes` of each; `startedAt`: time 0 of the model.
 */
export function predict(
  direction: LinkDirection,
  sentAt: Float64Array,
  bytes: (i: number) => number,
  startedAt: number,
): Prediction[] {
  const decision: Decision = {
    fate: FATE.delivered,
    deliverAt: -1,
    duplicateAt: -1,
    corruptBit: -1,
    isReordered: false,
  };
  return Array.from(sentAt, (at, i) => {
    direction.offer(bytes(i), at - startedAt, decision);
    const { fate, deliverAt, duplicateAt, corruptBit, isReordered } = decision;
    const all = fate === FATE.delivered ? (duplicateAt >= 0 ? 2 : 1) : 0;
    const isHarmed = corruptBit >= 0;
    return {
      fate,
      arrivesAt: deliverAt + startedAt,
      copies: isHarmed ? 0 : all,
      harmed: isHarmed ? all : 0,
      isHeldBack: isReordered,
    };
  });
}
