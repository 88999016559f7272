/** Runs a search, one trial after another, and keeps what each combination has come to. */
import { type ErrorCode, LabError } from '../../src/errors.js';
import type { LocalCell, RunConfig } from '../config.js';
import type { CellResult } from '../result/result.js';
import type { SearchProfile, SearchTrial } from './document.js';
import { boundsOf, byLoad, classesOf } from './mlr/bounds.js';
import { secondsOf } from './mlr/forecast.js';
import { finalTarget, type Phase, type TrialPoint } from './mlr/goal.js';
import { nextTrial } from './mlr/next-trial.js';
import { PROFILE_SHARES, type SearchPlan, trialConfig } from './plan.js';
import { refusedTrial } from './refused.js';
import { measuredOf, trialOf } from './trial.js';

/** What a combination has come to. */
export interface CombinationRecord {
  readonly combination: LocalCell;
  readonly trials: SearchTrial[];
  readonly profile: SearchProfile[];
}

/** One trial, before it is measured. */
export interface Step {
  /** Index of the combination. */
  readonly index: number;
  readonly load: number;
  readonly phase: Phase;
  /** Of a look at the latency when the capacity is known: its share; null = a trial. */
  readonly share: number | null;
}

/** Measures a fresh cell; null when it was stopped before that was over. */
export type MeasureTrial = (config: RunConfig, step: Step) => Promise<CellResult | null>;

export interface SessionHooks {
  readonly onStep: (step: Step) => void;
  readonly onTrial: (step: Step, trial: SearchTrial | SearchProfile) => Promise<void>;
  readonly stop: AbortSignal;
}

/** A load that this machine, or the transport, does not take at all: known before it is offered. */
const REFUSALS: readonly ErrorCode[] = [
  'LAB_ERR_FD_LIMIT',
  'LAB_ERR_MESSAGE_TOO_LARGE',
  'LAB_ERR_BAD_VALUE',
];

export class SearchSession {
  readonly plan: SearchPlan;
  readonly records: readonly CombinationRecord[];
  readonly #secondsBefore: number;
  readonly #began = performance.now();

  /**
   * @param earlier of a search that goes on: what was measured, by combination
   * @param secondsBefore that it took until then
   */
  constructor(
    plan: SearchPlan,
    earlier: readonly Pick<CombinationRecord, 'trials' | 'profile'>[] = [],
    secondsBefore = 0,
  ) {
    this.plan = plan;
    this.#secondsBefore = secondsBefore;
    this.records = plan.combinations.map((combination, i) => ({
      combination,
      trials: [...(earlier[i]?.trials ?? [])],
      profile: [...(earlier[i]?.profile ?? [])],
    }));
  }

  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#began) / 1_000;
  }

  /** @throws what `measure` rejects with; what was measured until then stays */
  async run(measure: MeasureTrial, hooks: SessionHooks): Promise<void> {
    for (const [index, record] of this.records.entries()) {
      for (;;) {
        const step = nextStep(this.plan, record, index);
        if (step === null) break;
        if (hooks.stop.aborted) return;
        hooks.onStep(step);
        const told = await this.#measured(measure, step, record);
        if (told === null) return;
        await hooks.onTrial(step, told);
      }
    }
  }

  async #measured(
    measure: MeasureTrial,
    step: Step,
    record: CombinationRecord,
  ): Promise<SearchTrial | SearchProfile | null> {
    const { plan } = this;
    const { load, phase, share } = step;
    const number = record.trials.length + record.profile.length + 1;
    const config = trialConfig(plan, record.combination, { load, phase, number });
    const at = { load, atS: this.seconds, durationS: secondsOf(phase, plan.timing) };
    try {
      const cell = await measure(config, step);
      if (cell === null) return null;
      if (share !== null) {
        const one = { ...measuredOf(cell, at, plan.goals), share };
        record.profile.push(one);
        return one;
      }
      const trial = trialOf(cell, phase, at, plan.goals);
      record.trials.push(trial);
      return trial;
    } catch (error) {
      const problem = LabError.from(error);
      const isFirst = record.trials.length === 0;
      if (share !== null || isFirst || !REFUSALS.includes(problem.code)) throw error;
      const trial = refusedTrial(problem, phase, at, plan.goals);
      record.trials.push(trial);
      return trial;
    }
  }
}

/** Trials as a goal sees them. */
export function pointsOf(trials: readonly SearchTrial[], goal: number): TrialPoint[] {
  return trials.map(({ load, duration_s, phase, judgements }) => {
    const { outcome, untold } = judgements[goal]!;
    return { load, durationS: duration_s, phase, outcome, isUntold: untold };
  });
}

/** Null when the combination is done. */
function nextStep(plan: SearchPlan, record: CombinationRecord, index: number): Step | null {
  const { timing, range, goals } = plan;
  for (const goal of goals.keys()) {
    const next = nextTrial(pointsOf(record.trials, goal), timing, range);
    if (next.kind === 'trial') return { index, load: next.load, phase: next.phase, share: null };
  }
  const share = PROFILE_SHARES[record.profile.length];
  const capacity = capacityOf(plan, record);
  if (plan.quick || share === undefined || capacity === null) return null;
  const load = Math.max(range.min, Math.round(share * capacity));
  return { index, load, phase: 'final', share };
}

/** The lower bound of the first goal that has one. */
export function capacityOf(
  { timing, goals }: SearchPlan,
  { trials }: Pick<CombinationRecord, 'trials'>,
): number | null {
  for (const goal of goals.keys()) {
    const loads = byLoad(pointsOf(trials, goal));
    const { lower } = boundsOf(classesOf(loads, finalTarget(timing)));
    if (lower !== null) return lower;
  }
  return null;
}
