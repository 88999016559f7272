/** What a choice is told besides its question, and what becomes of each candidate. */
import type { Contender } from './decide/contender.js';
import type { Capacity } from './evidence/capacity.js';
import type { Candidate } from './evidence/select.js';
import type { Stack } from './evidence/stacks.js';

/** Cells to measure again, for whoever knows how that is said as a command. */
export interface ToMeasure {
  readonly stacks: readonly Stack[];
  readonly links: readonly string[];
  readonly clients: number;
  readonly ratePerSecond: number | null;
  readonly sizeBytes: number;
  readonly durationSeconds: number;
  readonly runs: number;
}

export interface ChooseOptions {
  readonly capacities?: readonly Capacity[];
  readonly version: string;
  readonly commandOf: (experiment: ToMeasure) => string;
}

/** A candidate, and what became of it. */
export interface Judged {
  readonly candidate: Candidate;
  readonly ruledOut: { readonly code: string; readonly reason: string } | null;
  /** Null when it was ruled out, or was not measured behind a link. */
  readonly contender: Contender | null;
  /** What its capacity was searched for behind every link; null where that is not known. */
  readonly goal: string | null;
}
