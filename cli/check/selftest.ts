/** `lab selftest`: the instrument measures itself. */
import type { Command } from 'commander';
import { breakNames, runSelftest } from '../../bench/selftest/selftest.js';
import { parseInteger, parseName } from '../../src/options/values.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderSelftest } from '../ui/selftest-table.js';

const EXAMPLES = `
Examples:
  lab selftest                           a few seconds; no network, no other process
  lab selftest --json | jq '.checks[] | select(.passed | not)'
  lab selftest --break loss              a deliberate fault in the instrument: must exit 1

Known delay, loss, duplication, reordering, corruption, jitter and a stalled client are injected
between the real core and the real subscribers, in virtual time: the same seed gives the same
figures. Only the noise floor is measured on the real clock. No socket is opened, so what is checked
holds for every --receiver of lab run: stamps are injected as the kernel would give them.
Exit codes: 0 every figure recovered within its tolerance · 1 not
`;

const DEFAULT_SEED = 1;

interface SelftestCommandOptions {
  readonly seed?: number;
  readonly break?: string;
  readonly json?: boolean;
}

export function addSelftest(program: Command, finish: Finish): void {
  const seed = (text: string, flag: string): number =>
    parseInteger(flag, text, { min: 0, max: Number.MAX_SAFE_INTEGER });
  const broken = (text: string, flag: string): string =>
    parseName(flag, text, breakNames(), 'LAB_ERR_BAD_VALUE');
  program
    .command('selftest')
    .description(
      'inject known faults and check that the lab recovers each one; measure its noise floor',
    )
    .addOption(valueOption('--seed <n>', `seed of the faults (default: ${DEFAULT_SEED})`, seed))
    .addOption(
      valueOption(
        '--break <name>',
        `break the instrument on purpose: ${breakNames().join(', ')}`,
        broken,
      ),
    )
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action(async ({ seed = DEFAULT_SEED, break: name, json = false }: SelftestCommandOptions) => {
      const result = await runSelftest({ seed, ...(name === undefined ? {} : { break: name }) });
      await print(json ? jsonText(result) : renderSelftest(result, stdoutWidth(), stdoutStyle()));
      finish(result.passed ? 0 : 1);
    });
}
