/** What was asked of one direction, decided of its packets, and seen of them. Pure. */
import type { LinkBook } from '../link-book.js';
import type { DirectionSpec, LinkSpec, RateSpec } from '../link-spec.js';
import type { ClientLink } from '../model/model.js';
import type { Received, Sent } from './messages.js';
import { type Direction, type ProbePlan, ratesOf } from './plan.js';
import { type Prediction, predict, trainOf } from './predict.js';

export interface Evidence {
  readonly direction: Direction;
  readonly spec: DirectionSpec;
  readonly rates: readonly RateSpec[];
  readonly plan: ProbePlan;
  /** Packets of the flow before the first of these. */
  readonly before: number;
  readonly sentAt: Float64Array;
  /** So many of them are spaced, the others are the fill. */
  readonly spaced: number;
  readonly predicted: readonly Prediction[];
  /** How often each arrived unharmed. */
  readonly copies: Uint32Array;
  /** When its first copy did; NaN = never. */
  readonly arrivedAt: Float64Array;
  readonly harmed: number;
  readonly lateness: LinkBook['lateness'];
  /** Time 0 of the link. */
  readonly startedAt: number;
}

export interface Observed {
  readonly link: LinkSpec;
  readonly direction: Direction;
  readonly plan: ProbePlan;
  readonly sent: Sent;
  readonly received: Received;
  readonly lateness: LinkBook['lateness'];
  readonly startedAt: number;
  /** Packets of the flow before, and the model of the probe as it is after them. */
  readonly before: number;
  readonly model: ClientLink;
}

export function evidenceOf(observed: Observed): Evidence {
  const { link, direction, plan, sent, received, lateness, startedAt, before, model } = observed;
  const count = sent.at.length;
  const copies = new Uint32Array(count);
  const arrivedAt = new Float64Array(count).fill(Number.NaN);
  received.numbers.forEach((number, i) => {
    if (number >= count) return;
    copies[number] = copies[number]! + 1;
    if (copies[number] === 1) arrivedAt[number] = received.at[i]!;
  });
  const bytes = (i: number): number => trainOf(plan, sent.spaced, i).bytes;
  return {
    direction,
    spec: link[direction],
    rates: ratesOf(link, direction),
    plan,
    before,
    sentAt: sent.at,
    spaced: sent.spaced,
    predicted: predict(model[direction], sent.at, bytes, startedAt),
    copies,
    arrivedAt,
    harmed: received.harmed,
    lateness,
    startedAt,
  };
}

/** Numbers from `from`, below `to`, that are as `test` says. */
export function numbers(from: number, to: number, test: (i: number) => boolean): number[] {
  const found: number[] = [];
  for (let i = from; i < to; i++) if (test(i)) found.push(i);
  return found;
}
