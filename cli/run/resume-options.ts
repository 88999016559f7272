/** The options that have no place beside `--resume`: the run goes on as it was begun. */
import type { Command } from 'commander';
import { LabError } from '../../src/errors.js';

/** What concerns only what comes out, of which there is nothing yet. */
const ALLOWED: ReadonlySet<string> = new Set([
  'resume',
  'json',
  'jsonStream',
  'exportJson',
  'exportMd',
  'exportCsv',
  'exportHlog',
  'exportHgrm',
  'quiet',
]);

/**
 * @throws LAB_ERR_NO_EFFECT that names the first option given beside `--resume` that would make it
 * another run, or keep it elsewhere
 */
export function refuseSettings(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (ALLOWED.has(name) || command.getOptionValueSource(name) !== 'cli') continue;
    const flag = option.long ?? option.flags;
    throw new LabError(
      'LAB_ERR_NO_EFFECT',
      `${flag} has no effect with --resume: a run goes on as it was begun, in its folder`,
      { hint: `leave ${flag} out, or begin another run without --resume` },
    );
  }
}
