/** A result as the lines of the run that it is of. */
import { type RunHead, runLine } from '../../../bench/result/cells-file.js';
import type { LabResult } from '../../../bench/result/result.js';

export function headOf(
  result: LabResult,
  thresholds: readonly string[] = [],
  perRound: number = result.cells.length,
): RunHead {
  const { tool, startedAt, command, seed, config, environment } = result;
  const { noise_floor_us, baselines, baselines_other_sizes, links } = result;
  const known = { tool, startedAt, command, seed, config, environment };
  const measured = { noise_floor_us, baselines, baselines_other_sizes, links };
  return { ...known, ...measured, cells_per_round: perRound, thresholds: [...thresholds] };
}

/** The text of its cells.ndjson; cell i ended after i + 1 seconds. */
export function cellsText(
  result: LabResult,
  thresholds: readonly string[] = [],
  perRound?: number,
): string {
  const { duration_s, repeat, cells } = result;
  return [
    runLine(headOf(result, thresholds, perRound)),
    ...cells.map((data, i) => ({ event: 'cell', elapsed_s: i + 1, data })),
    { event: 'end', data: { duration_s, repeat } },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
