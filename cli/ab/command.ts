/** `lab ab`: are B's figures others than A's? Measured in one session, block by block. */
import { type Command, Option } from 'commander';
import { AB_MARGIN } from '../../bench/ab/analyse.js';
import { COMPARED_NAMES, USUAL_NAMES } from '../../bench/compare/compare.js';
import { ON_REQUEST } from '../../bench/metric-catalogue.js';
import { percentText } from '../../src/options/value-text.js';
import { parseInteger, parseList, parseName, parsePercent } from '../../src/options/values.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { GATES } from './gates.js';
import { checkArms } from './sides.js';
import { type AbOptions, ab, DEFAULT_BLOCKS, DEFAULT_DIRECTORY } from './start.js';

const HELP = `
FLAGS are those of lab run that say what is measured, as one argument: '--flush 0'. A side without flags is ''.
Unless they say otherwise: --transport tcp --codec line-json --duration 2s --warmup 500ms. Lists span cells; those
at the same place of A and B are compared, so both sides need as many.

Each block measures A, B, B, A (or B, A, A, B) within seconds of each other and is one value: what the machine was
like then is on both sides. Ctrl-C ends it with what there is; what is measured is kept, whatever ends it.

Examples:
  lab ab '--flush 0' '--flush 10ms'                       2 s windows, 10 blocks, about 3 min
  lab ab '-t tcp' '-t udp' --both '-c 500 -r 100'         what both sides have
  lab ab '--flush 0' '--flush 2ms' --metrics p99 --blocks 20
  lab ab '-c 200' --lab-a ../before --fail-on worse       another version of the lab against this one
  lab ab '' '' --control                                  what difference noise alone makes here
  lab ab --from lab-results/20251121-194502-ab-tcp-line-json-c100 --margin 5%   read it again

Exit codes: 0 compared · 2 usage · 4 incomplete or an INVALID cell · 99 something that --fail-on names ·
  130 interrupted
`;

const MOST_BLOCKS = 500;
/** @param supplied the arguments as given, for the record */
export function addAb(program: Command, supplied: readonly string[], finish: Finish): void {
  const asGiven = (text: string): string => text;
  const oneOf =
    <T extends string>(allowed: readonly T[]) =>
    (text: string, flag: string): T[] =>
      parseList(flag, text, (item) => parseName(flag, item, allowed, 'LAB_ERR_BAD_VALUE') as T);
  const whole =
    (min: number, max: number) =>
    (text: string, flag: string): number =>
      parseInteger(flag, text, { min, max });
  const command = program.command('ab');
  command

    .description('measure A against B in one session: better, worse, no difference or inconclusive')
    .argument('[flagsA]', "flags of A, one argument: '--flush 0'")
    .argument('[flagsB]', 'flags of B')
    .optionsGroup('What is measured:')
    .addOption(
      valueOption(
        '--blocks <n>',
        `blocks, each of which is one value (default: ${DEFAULT_BLOCKS})`,
        whole(2, MOST_BLOCKS),
      ),
    )
    .addOption(valueOption('--both <flags>', 'flags of both sides, which theirs override', asGiven))
    .addOption(
      valueOption(
        '--lab-a <path>',
        'A is measured by the lab of another checkout, both sides with one FLAGS',
        asGiven,
      ),
    )
    .addOption(valueOption('--lab-b <path>', 'the same of B', asGiven))
    .addOption(new Option('--control', 'in each block A once more, to see what noise alone makes'))
    .addOption(
      valueOption(
        '--seed <n>',
        'seed of the order of the blocks (default: 1)',
        whole(0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(
      valueOption('--from <folder>', 'measure nothing: read an A/B that was kept', asGiven),
    )
    .option('--dry-run', 'say what would be measured and for how long, and stop')
    .optionsGroup('What is told:')
    .addOption(
      valueOption(
        '--metrics <list>',
        `what to compare (default: ${USUAL_NAMES.join(',')}; besides: ${ON_REQUEST.join(',')})`,
        oneOf(COMPARED_NAMES),
      ),
    )
    .addOption(
      valueOption(
        '--margin <percent>',
        `smallest difference that matters, of A (default: ${percentText(AB_MARGIN)})`,
        (text, flag) => parsePercent(flag, text, { min: 0, max: 1 }),
      ),
    )
    .addOption(
      valueOption('--fail-on <list>', `exit 99 on any of: ${GATES.join(', ')}`, oneOf(GATES)),
    )
    .optionsGroup('What comes out:')
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--markdown', 'Markdown on stdout'))
    .addOption(valueOption('--export-json <file>', 'the JSON into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-md <file>', 'the Markdown into a file; - = stdout', asGiven))
    .addOption(
      valueOption(
        '-o, --output <dir>',
        `where it is kept (default: ${DEFAULT_DIRECTORY})`,
        asGiven,
      ),
    )
    .option('--no-save', 'keep nothing')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', HELP)
    // The flags of a side begin as an option does.
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_a: unknown, _b: unknown, options: AbOptions, { args }: Command) => {
      checkArms(args, command);
      finish(await ab(args[0], args[1], options, supplied));
    });
}
