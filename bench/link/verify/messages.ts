/** What the coordinator and the probe at an end of a link say to each other over IPC. */
import type { SerializedLabError } from '../../../src/errors.js';
import type { ProbePlan } from './plan.js';

export type ToProbe =
  | {
      readonly type: 'open';
      /** Own address, and that of the other end. */
      readonly address: string;
      readonly peer: string;
      readonly plan: ProbePlan;
    }
  | { readonly type: 'go' }
  /** Nothing arrives any more after this, µs of CLOCK_MONOTONIC. */
  | { readonly type: 'until'; readonly at: number }
  | { readonly type: 'close' };

export type FromProbe =
  | { readonly type: 'bound' }
  | { readonly type: 'sent'; readonly sent: Sent }
  | { readonly type: 'received'; readonly received: Received }
  | { readonly type: 'error'; readonly error: SerializedLabError };

/** Times are µs of CLOCK_MONOTONIC. */
export interface Sent {
  /** When each packet was handed to the kernel, by its number from 0. */
  readonly at: Float64Array;
  /** So many of them are of the spaced train; the others are of the fill. */
  readonly spaced: number;
}

export interface Received {
  /** In the order of arrival; position i of both is of the same packet. */
  readonly numbers: Uint32Array;
  readonly at: Float64Array;
  /** Packets that the kernel threw away as their checksum was wrong. */
  readonly harmed: number;
}
