/**
 * What `lab compare` found, `lab-comparison/v1`: the one object its table, Markdown and JSON are
 * made from. No NaN and no Infinity (null instead). Rules: docs/design/methodology.md, "Comparing
 * runs".
 */

import type { ComparedName, MetricUnit } from '../metric-catalogue.js';

export const COMPARISON_SCHEMA = 'lab-comparison/v1';

/** Of the candidate, as seen from the reference. */
export type CompareVerdict = 'better' | 'worse' | 'equivalent' | 'inconclusive';

/** Why a verdict is what it is, where the interval alone does not say so. */
export type CompareReason =
  /** The latencies of one side count to the arrival, those of the other to the receipt. */
  | 'ARRIVAL_AND_RECEIPT'
  /** Usable runs of one side lack the figure. */
  | 'NOT_MEASURED'
  /** One side has one run only. */
  | 'SINGLE_RUN'
  /** No data whatever could have given an interval, or an adjusted p below α. */
  | 'TOO_FEW_RUNS'
  /** The interval reaches across the margin. */
  | 'WIDE_INTERVAL'
  /** The interval is beyond the margin, but the adjusted p is not below α. */
  | 'NOT_SIGNIFICANT'
  /** Every run of both sides has the same value. */
  | 'ALL_EQUAL';

export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly alpha: number;
  readonly confidence: number;
  /** Smallest difference that matters, as a share of the reference median. */
  readonly margin: number;
  readonly reference: ComparedRun;
  readonly candidates: readonly Candidate[];
  /** Tests made in all; Holm's correction is over these. */
  readonly tests: number;
  /** False: with so few runs no difference, however large, could have been told. */
  readonly detectable: boolean;
  /**
   * Runs of each cell on each side with which a clear difference can be told in every test, those
   * still lacking runs too.
   */
  readonly runs_to_detect: number;
  readonly totals: VerdictCounts;
}

export type VerdictCounts = Readonly<Record<CompareVerdict, number>>;

/** One result file. */
export interface ComparedRun {
  /** A, B, C, …: what tables call it. */
  readonly label: string;
  /** As given on the command line. */
  readonly name: string;
  readonly started_at: string;
  readonly version: string;
  readonly git: string | null;
  readonly command: string;
}

/** A later file against the first. */
export interface Candidate {
  readonly run: ComparedRun;
  readonly warnings: readonly CompareWarning[];
  readonly cells: readonly CellComparison[];
  readonly unmatched: readonly UnmatchedCell[];
  readonly totals: VerdictCounts;
}

export interface CompareWarning {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Everything that must be equal before two cells are compared. */
export interface CellIdentity {
  readonly transport: string;
  readonly codec: string;
  readonly clients: number;
  /** Feed messages per second; null = recorded pace. */
  readonly rate_per_s: number | null;
  /** Null, like policy and flush, of a server that was running already. */
  readonly size_bytes: number | null;
  readonly duration_s: number;
  readonly policy: string | null;
  readonly flush: string | null;
}

/** Runs of a cell in one file. */
export interface RunCounts {
  /** VALID and SUSPECT ones: those whose figures are used. */
  readonly usable: number;
  /** Of the usable. */
  readonly suspect: number;
  readonly invalid: number;
  /** Cut short, or without a delivery. */
  readonly incomplete: number;
  /** Left out because their latencies do not end where those of most others do. */
  readonly other_latency: number;
}

export interface CellComparison extends CellIdentity {
  readonly reference_runs: RunCounts;
  readonly candidate_runs: RunCounts;
  /** Empty when a side has no usable run. */
  readonly metrics: readonly MetricComparison[];
}

/** The runs of one side for one metric. */
export interface Side {
  readonly runs: number;
  /** Median over the runs; null when a run lacks the figure. */
  readonly median: number | null;
}

export interface MetricComparison {
  readonly metric: ComparedName;
  readonly unit: MetricUnit;
  readonly better: 'lower' | 'higher';
  readonly reference: Side;
  readonly candidate: Side;
  /**
   * Hodges–Lehmann estimate of candidate − reference, in the metric's unit; null when not measured.
   */
  readonly shift: number | null;
  /** Its 95 % interval; null when there are too few runs for one. */
  readonly shift_ci: { readonly low: number; readonly high: number } | null;
  /** Smallest difference that matters here, in the metric's unit. */
  readonly margin: number;
  readonly method: 'exact' | 'asymptotic' | null;
  /** Two-sided Mann–Whitney; null where no test was made. */
  readonly p: number | null;
  /** After Holm's correction. */
  readonly p_adjusted: number | null;
  readonly verdict: CompareVerdict;
  readonly reason: CompareReason | null;
  /**
   * Runs on each side in all that would likely settle an inconclusive one; null when settled,
   * unknown or above 1,000.
   */
  readonly runs_needed: number | null;
}

/** A cell that one side lacks. */
export interface UnmatchedCell extends CellIdentity {
  /** Label of the run that has it. */
  readonly only_in: string;
  readonly runs: number;
  /**
   * How the most similar cell that only the other side has differs: `flush 5ms instead of auto`;
   * null when there is none.
   */
  readonly nearest: string | null;
}
