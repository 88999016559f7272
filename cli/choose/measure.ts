/** Measures what a plan says, run by run, by the code of `lab run`. */
import { rmdirSync } from 'node:fs';
import type { Input } from '../../bench/compare/sides.js';
import type { RunConfig } from '../../bench/config.js';
import { planCells } from '../../bench/run/matrix.js';
import { plural } from '../../reports/model/cells.js';
import { EXIT_CODES } from '../exit-codes.js';
import { claimDirectory } from '../files/whole-files.js';
import { note } from '../output.js';
import { run } from '../run/execute.js';
import { type deliver as deliverRun, reportFiles } from '../run/output.js';
import { planOutput } from '../run/output-plan.js';
import { etaText } from '../ui/progress.js';
import { OUTPUT_FLAG } from './output.js';
import type { ChoosePlan, PlannedRun } from './plan.js';

export interface MeasuredRuns {
  readonly inputs: readonly Input[];
  /** Where they are kept; null = nowhere. */
  readonly folder: string | null;
  readonly interrupted: boolean;
}

/**
 * After Ctrl-C there are no more runs, and what was measured is handed on.
 * @param parent of the folder that the runs are kept in; null = nothing is kept
 * @throws what `run` throws
 */
export async function measurePlan(
  { runs, seconds }: ChoosePlan,
  parent: string | null,
  quiet: boolean,
  supplied: readonly string[],
): Promise<MeasuredRuns> {
  if (!quiet) note(`lab: to be measured: ${plural(runs.length, 'run')}, about ${etaText(seconds)}`);
  const folder = parent === null ? null : claimDirectory(OUTPUT_FLAG, parent, folderName(runs));
  const inputs: Input[] = [];
  let interrupted = false;
  try {
    for (const [i, one] of runs.entries()) {
      if (!quiet) note(`lab: ${i + 1}/${runs.length} ${runText(one)}`);
      const output = {
        ...planOutput({ save: folder !== null, ...(folder === null ? {} : { output: folder }) }),
        quiet,
      };
      const keep: typeof deliverRun = async (result, _, store) => {
        const path = await store?.save(reportFiles(result));
        inputs.push({ name: path ?? one.about, result });
      };
      const code = await run({ config: one.config, thresholds: [] }, output, supplied, keep);
      interrupted = code === EXIT_CODES.interrupted;
      if (interrupted) break;
    }
  } catch (error) {
    if (inputs.length === 0 && folder !== null) removeEmpty(folder);
    throw error;
  }
  return { inputs, folder, interrupted };
}

/** `the question: 6 cells × 20 runs`. */
export function runText({ about, config }: PlannedRun): string {
  const runs = typeof config.repeat === 'number' ? config.repeat : 1;
  return `${about}: ${plural(planCells(config).length / runs, 'cell')} × ${plural(runs, 'run')}`;
}

function folderName(runs: readonly PlannedRun[]): string {
  const [{ config }] = runs as [PlannedRun];
  return `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-choose-${loadSlug(config)}`;
}

function loadSlug({ clients, ratesPerSecond }: RunConfig): string {
  return `c${clients[0]}-r${ratesPerSecond?.[0] ?? 'recorded'}`;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it, and it is not ours to delete.
  }
}
