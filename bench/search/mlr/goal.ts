/**
 * What a search is for, in the terms of MLRsearch (draft-ietf-bmwg-mlrsearch-15). Pure: a load is a
 * number on any axis, and a trial is what came of measuring at it.
 */

/** How long trials are, and how many of them decide: the same for all goals, which share trials. */
export interface Timing {
  /** Seconds of the trials that look for the place. */
  readonly initialS: number;
  /** Seconds of a full-length trial, whose results decide. */
  readonly finalS: number;
  /** Seconds of full-length trials that are enough to decide about a load. */
  readonly durationSumS: number;
  /** Share of the time of full-length trials that may fail at a lower bound; below 1. */
  readonly exceedRatio: number;
  /** (upper − lower) ÷ upper at which a search ends. */
  readonly width: number;
}

/** `void`: the instrument was at its limit, and the trial says nothing about the load. */
export type Outcome = 'pass' | 'fail' | 'void';

export type Phase = 'initial' | 'final';

/** One trial, seen by one goal. */
export interface TrialPoint {
  readonly load: number;
  /** As planned. */
  readonly durationS: number;
  readonly phase: Phase;
  readonly outcome: Outcome;
  /** Void because the trial was too short to tell a figure. */
  readonly isUntold?: boolean;
}

/** What classifies a load: the final one of a goal, or that of its short trials. */
export interface Target {
  readonly fullLengthS: number;
  readonly durationSumS: number;
  readonly exceedRatio: number;
}

export function finalTarget({ finalS, durationSumS, exceedRatio }: Timing): Target {
  return { fullLengthS: finalS, durationSumS, exceedRatio };
}

/** One short trial is enough for it. */
export function initialTarget({ initialS, exceedRatio }: Timing): Target {
  return { fullLengthS: initialS, durationSumS: initialS, exceedRatio };
}
