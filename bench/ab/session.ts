/** Runs the blocks of an A/B, one cell after another, and keeps what each arm has measured. */
import type { CellPlan } from '../config.js';
import type { RunEvent } from '../events.js';
import type { RunHead } from '../result/cells-file.js';
import type { CellResult, LabResult } from '../result/result.js';
import { endOf, RunFold } from '../result/run-fold.js';
import { effectiveConfig } from '../run/effective-config.js';
import { type AbPlan, type Arm, RUNS_PER_BLOCK, type Step, stepsOf } from './plan.js';

/**
 * Measures one cell, as a run of its own; null when it was stopped before that began. Rejects only
 * with what ends the session.
 */
export type Measure = (arm: Arm, cell: CellPlan) => Promise<LabResult | null>;

export interface AbHooks {
  readonly onStep: (step: Step, index: number, total: number) => void;
  /** Before the first cell of an arm is told: all that its result says but for its cells. */
  readonly onHead: (arm: number, head: RunHead) => void;
  readonly onCell: (step: Step, result: CellResult) => void;
  /** Aborted: the cell that is on ends early, and no other begins. */
  readonly stop: AbortSignal;
}

type Ended = NonNullable<LabResult['ended']>;

/** What the arms have measured so far. */
export class AbSession {
  readonly #plan: AbPlan;
  readonly #commands: readonly string[];
  readonly #folds: (RunFold | undefined)[];
  readonly #startedAt = Date.now();

  /** @param commands by arm, what measures all of its cells alone */
  constructor(plan: AbPlan, commands: readonly string[]) {
    this.#plan = plan;
    this.#commands = commands;
    this.#folds = plan.arms.map(() => undefined);
  }

  /** @throws what `measure` rejects with; what was measured until then stays */
  async run(measure: Measure, hooks: AbHooks): Promise<void> {
    const steps = [...stepsOf(this.#plan)];
    for (const [index, step] of steps.entries()) {
      if (hooks.stop.aborted) return;
      hooks.onStep(step, index, steps.length);
      const result = await measure(this.#plan.arms[step.arm]!, step.cell);
      const measured = result?.cells[0];
      if (result === null || measured === undefined) return;
      const { id, run } = step.cell;
      const cell = { ...measured, id, run };
      this.#foldOf(step.arm, result, hooks).add(cell);
      hooks.onCell(step, cell);
    }
  }

  #foldOf(arm: number, result: LabResult, { onHead }: AbHooks): RunFold {
    const known = this.#folds[arm];
    if (known !== undefined) return known;
    const head = this.#headOf(arm, result);
    const fold = new RunFold(head);
    this.#folds[arm] = fold;
    onHead(arm, head);
    return fold;
  }

  /** That of the first cell, and the matrix of all. */
  #headOf(arm: number, result: LabResult): RunHead {
    const { arms, positions, blocks } = this.#plan;
    const { config } = arms[arm]!;
    const { tool, startedAt, seed, environment, noise_floor_us, baselines } = result;
    const { recording } = result.config.effective;
    const effective = effectiveConfig({ ...config, repeat: blocks * RUNS_PER_BLOCK }, undefined);
    return {
      ...{ tool, startedAt, seed, environment, noise_floor_us, baselines },
      command: this.#commands[arm]!,
      baselines_other_sizes: [],
      links: [],
      config: {
        supplied: result.config.supplied,
        effective: recording === undefined ? effective : { ...effective, recording },
      },
      cells_per_round: positions.length,
      thresholds: [],
    };
  }

  /** Undefined of an arm without a cell. @param why it ended, if that was before its end */
  resultOf(arm: number, why: Ended): LabResult | undefined {
    const fold = this.#folds[arm];
    if (fold === undefined) return undefined;
    return fold.result(endOf(fold.head, fold.cells, this.seconds, why));
  }

  get seconds(): number {
    return Math.max(0, Date.now() - this.#startedAt) / 1_000;
  }
}

/** Of a run of one cell, what tells how far that cell is. */
export function isProgress({ type }: RunEvent): boolean {
  return type === 'phase' || type === 'interval';
}
