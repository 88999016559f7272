/**
 * What repeats say and do not say: how many runs there were and why no more, and what an interval
 * is worth.
 */
import type { LabResult } from '../../bench/result/result.js';
import { formatPercent, trimmed } from '../format.js';
import type { CellRuns } from '../model/cell-runs.js';
import { isRepeated, plural } from '../model/cells.js';

/**
 * How many runs each cell got, and why no more, as plain text; empty where nothing was repeated.
 */
export function repeatSentence(result: LabResult): string {
  const { mode, runs, metric, target, outcome } = result.repeat;
  const made = `${plural(runs, 'run')} of each cell, interleaved`;
  if (mode === 'auto' && metric !== null && target !== null) {
    const aim = `the 95 % interval of every cell's ${metric} within ±${trimmed(formatPercent(target))} of its median`;
    if (outcome === 'reached') return `${made}: \`--repeat auto\` ended with ${aim}.`;
    if (outcome === 'limit') {
      const limit = result.config.effective.max_repeat;
      const why =
        limit !== null && runs < limit
          ? 'a cell has no such figure in any run'
          : `${plural(runs, 'run')} were the limit`;
      return `${made}: \`--repeat auto\` ended WITHOUT ${aim}: ${why}.`;
    }
    return `${made}: \`--repeat auto\` was interrupted before it had ${aim}.`;
  }
  return isRepeated(result) ? `${made}.` : '';
}

/**
 * Runs below which the interval of the median is their range, which holds the median of all runs
 * there could be with a chance of 1 − 2^(1 − n): far from 95 %. With 5 it is 93.8 %.
 */
const FEWEST_FOR_INTERVAL = 5;

/** What the figures of a table over runs are; nothing where nothing was repeated. */
export function intervalNotes(result: LabResult, rows: readonly CellRuns[]): string[] {
  if (!isRepeated(result)) return [];
  const notes = [
    'Figures are medians over the runs that are neither INVALID nor cut short, in brackets the 95 % bootstrap interval of the median (3 runs or more; below 30 runs it holds the true median about 9 times in 10). Delivered, expected, loss and counts are of these runs together; max is the highest of them. Each run is in a table below.',
  ];
  const counts = rows.filter(({ usable }) => usable).map(({ counted }) => counted.length);
  const fewest = Math.min(...counts.filter((count) => count >= 3));
  if (fewest < FEWEST_FOR_INTERVAL) {
    const real = trimmed(formatPercent(1 - 2 ** (1 - fewest)));
    notes.push(
      `The interval of ${fewest} runs is their range, and holds the true median with only ${real}: read it as a range, and use \`--repeat 5\` or more.`,
    );
  }
  const without = rows.filter(({ usable }) => !usable).length;
  if (without > 0) {
    notes.push(
      `${plural(without, 'cell')} ${without === 1 ? 'has' : 'have'} no run that counts; the figures beside the mark are of all runs and support no claim.`,
    );
  }
  return notes;
}
