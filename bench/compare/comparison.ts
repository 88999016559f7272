/**
 * What `lab compare` found, `lab-comparison/v2`: the one object its table, Markdown and JSON are
 * made from. No NaN and no Infinity (null instead). Rules: docs/design/methodology.md, "Comparing
 * runs".
 */

import type { ComparedName, MetricUnit } from '../metric-catalogue.js';

export const COMPARISON_SCHEMA = 'lab-comparison/v2';

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
  /** The same where sessions are the sample; below 3 a side nothing is tested at all. */
  | 'TOO_FEW_SESSIONS'
  /** The interval reaches across the margin. */
  | 'WIDE_INTERVAL'
  /** The interval is beyond the margin, but the adjusted p is not below α. */
  | 'NOT_SIGNIFICANT'
  /** Every value of both sides is the same. */
  | 'ALL_EQUAL';

/**
 * What one value of a test is. `session`: the median over the runs of one file. `run`: a run, as if
 * all had been made in one session.
 */
export type Sample = 'session' | 'run';

export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly sample: Sample;
  readonly alpha: number;
  readonly confidence: number;
  /** Smallest difference that matters, as a share of the reference median. */
  readonly margin: number;
  readonly reference: ComparedSide;
  readonly candidates: readonly Candidate[];
  /** Tests made in all; Holm's correction is over these. */
  readonly tests: number;
  /** False: with so small a sample no difference, however large, could have been told. */
  readonly detectable: boolean;
  /**
   * Sessions, or runs of each cell, on each side with which a clear difference can be told in every
   * test, those still lacking some too.
   */
  readonly needed_to_detect: number;
  readonly totals: VerdictCounts;
}

export type VerdictCounts = Readonly<Record<CompareVerdict, number>>;

/** What stands on one side of a comparison: the files of one version, or of one set of flags. */
export interface ComparedSide {
  /** A, B, C, …: what tables call it. */
  readonly label: string;
  readonly sessions: readonly ComparedRun[];
}

/** One result file, which is one session. */
export interface ComparedRun {
  /** That of its side, and a number where that has several: A1, A2, … */
  readonly label: string;
  /** As given on the command line. */
  readonly name: string;
  readonly started_at: string;
  readonly version: string;
  readonly git: string | null;
  readonly command: string;
}

/** A later side against the first. */
export interface Candidate {
  readonly side: ComparedSide;
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
  /** How what is lost is repaired. */
  readonly repair: string | null;
  /** Congestion control asked for. */
  readonly congestion: string | null;
  /** Null = none. */
  readonly link: string | null;
  /**
   * SHA-256 of the file whose trace it goes by, of both where each direction has its own: a path may
   * hold another one. Null = none, or not recorded.
   */
  readonly link_trace_sha256: string | null;
}

/** Runs of a cell on one side. */
export interface RunCounts {
  /** Those with a usable run of it. */
  readonly sessions: number;
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

/** The values of one side for one metric. */
export interface Side {
  /** How many: sessions or runs, as `sample` says. */
  readonly values: number;
  /** Over those values; null when a usable run lacks the figure. */
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
  /** Its 95 % interval; null when there are too few values for one. */
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
   * Values on each side in all that would likely settle an inconclusive one; null when settled,
   * unknown or above 1,000.
   */
  readonly needed: number | null;
}

/** A cell that one side lacks. */
export interface UnmatchedCell extends CellIdentity {
  /** Label of the side that has it. */
  readonly only_in: string;
  readonly runs: number;
  /**
   * How the most similar cell that only the other side has differs: `flush 5ms instead of auto`;
   * null when there is none.
   */
  readonly nearest: string | null;
}
