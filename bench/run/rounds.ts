/** Hands out the cells of a run in their order, and knows when there are enough. */

import type { CellPlan, RunConfig } from '../config.js';
import type { Decision, RunEvent } from '../events.js';
import type { CellResult, RepeatResult } from '../result/result.js';
import { fewestRuns, mostRuns, planRound } from './matrix.js';
import { decide, valuesByCell } from './stop-rule.js';

export class Rounds {
  readonly #config: RunConfig;
  #runs = 0;
  #outcome: RepeatResult['outcome'] = 'interrupted';

  constructor(config: RunConfig) {
    this.#config = config;
  }

  /**
   * Round after round. `results` is looked at between them: it must hold the result of every cell
   * handed out so far. Whoever leaves the loop early has interrupted the run.
   */
  *cells(results: readonly CellResult[], onEvent: (event: RunEvent) => void): Generator<CellPlan> {
    for (let run = 1; this.#outcome === 'interrupted'; run++) {
      yield* planRound(this.#config, run);
      // Cut short in the last cell of the round: it is not a run of every cell.
      if (results.at(-1)?.verdict.reasons.some(({ code }) => code === 'INTERRUPTED')) return;
      this.#runs = run;
      if (this.#config.repeat !== 'auto') {
        if (run === this.#config.repeat) this.#outcome = 'fixed';
        continue;
      }
      const decision = this.#decide(results);
      onEvent({ type: 'round-end', run, decision });
      if (decision !== 'go on') this.#outcome = decision;
    }
  }

  /** How it ended, for the result. */
  get summary(): RepeatResult {
    const { repeat, ciMetric, ciTarget } = this.#config;
    const auto = repeat === 'auto';
    return {
      mode: auto ? 'auto' : 'fixed',
      runs: this.#runs,
      metric: auto ? ciMetric : null,
      target: auto ? ciTarget : null,
      outcome: this.#outcome,
    };
  }

  #decide(results: readonly CellResult[]): Decision {
    const values = [...valuesByCell(results, this.#config.ciMetric).values()];
    return decide(values, {
      ci: this.#config.ciTarget,
      minRuns: fewestRuns(this.#config),
      maxRuns: mostRuns(this.#config),
      seed: this.#config.seed,
    });
  }
}
