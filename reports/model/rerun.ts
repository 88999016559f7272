/** The command of a result with more runs, and how long that takes. Pure. */
import type { LabResult } from '../../bench/result/result.js';

/** The same command with so many runs of each cell, whatever it said of them before. */
export function rerunCommand({ command }: Pick<LabResult, 'command'>, runs: number): string {
  return `${command.replaceAll(/ --(repeat|ci|ci-metric|max-repeat) \S+/g, '')} --repeat ${runs}`;
}

/** How long that takes, by what the runs of this result took: `about 2 min`. */
export function rerunTime(
  { duration_s: seconds, repeat }: Pick<LabResult, 'duration_s' | 'repeat'>,
  runs: number,
): string {
  const estimate = (seconds * runs) / Math.max(1, repeat.runs);
  if (estimate < 90) return `about ${Math.ceil(estimate / 5) * 5} s`;
  const minutes = Math.round(estimate / 60);
  return minutes < 90 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} h`;
}
