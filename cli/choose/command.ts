/** `lab choose`: which transport to take for a workload, and why. */
import { type Command, Option } from 'commander';
import { LIMITS, type Stack } from '../../bench/config.js';
import { parseDuration } from '../../src/options/values.js';
import { optionFlags } from '../args/option-flags.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { parseStacks } from '../args/run-values.js';
import { QUESTION_FLAGS } from './question-flags.js';
import { type ChooseCommandOptions, choose } from './start.js';

const HELP = `
A question is the load, the links, and what must hold. Without --from, lab choose plans what to measure,
measures it, and answers; with it, it answers from results that exist, and a lab search among them tells
the capacity. Other loads and links in the results tell what would change the choice. On a terminal and
without a question it asks.

The answer: what is ruled out, what meets the objectives (by the interval over its runs), and of that the
stack that costs least. What these runs cannot tell is a tie, with the command that would tell.

Examples:
  lab choose --clients 200 --rate 100 --size 64 --link none,delay=25ms/loss=1% --slo 'staleness_p99<500ms' --quick
  lab choose -c 1k -r 50 --link 4g --reliable --price cpu-hour=0.03,gb-egress=0.09 --dry-run
  lab choose question.yaml                        the same from a file: its keys are the flags
  lab choose --from lab-results/20251121-194502-tcp-udp-c100 --slo 'p99<20ms,loss=0'
  lab choose --from a.json b.json --weights p99=2,cost=1 --markdown
  lab choose                                      asks

Exit codes: 0 chosen · 1 no choice can be made, and how it can · 2 usage · 130 interrupted
`;

function parseSymbols(text: string, flag: string): number {
  const { row } = optionFlags('run').find((flag) => flag.row.name === 'symbols')!;
  return Number(row.parse(text, flag));
}

/** @param supplied the arguments as given, for the record */
export function addChoose(program: Command, supplied: readonly string[], finish: Finish): void {
  const asGiven = (text: string): string => text;
  const command = program
    .command('choose')
    .description(
      'which transport to take for a workload: measured, priced, and what would change it',
    )
    .argument('[question]', 'a YAML or JSON file with the question; flags override it')
    .optionsGroup('The question:');
  const keys = QUESTION_FLAGS.map(({ flags, about, bare, parse }) => {
    const option = valueOption(flags, about, parse);
    if (bare !== undefined) option.preset(bare);
    command.addOption(option);
    return option.attributeName();
  });
  command
    .addOption(valueOption('--yaml <file>', 'the same as [question]', asGiven))
    .optionsGroup('What it is answered from:')
    .addOption(
      new Option(
        '--from <results...>',
        'measure nothing: results of lab run, of lab choose and of lab search, or their folders',
      ),
    )
    .addOption(
      valueOption(
        '--stack <list>',
        'measure these in place of those the question makes: tcp,udp/repair={none,nak}',
        (text, flag): readonly Stack[] => parseStacks(flag, text),
      ),
    )
    .addOption(
      valueOption(
        '--symbols <n>',
        'keys of the feed that is measured (default: so that each is published 20 times a second, at most 50)',
        parseSymbols,
      ),
    )
    .option(
      '--quick',
      'measure for about 5 minutes, one codec, not around the question; else half an hour',
    )
    .addOption(
      valueOption(
        '--time <time>',
        'measure for about so long, as far as 6 runs of each cell allow (default: 30m, with --quick 5m)',
        (text, flag) => parseDuration(flag, text, { min: 1_000, max: LIMITS.durationMs }) / 1_000,
      ),
    )
    .option('--dry-run', 'say what would be measured and for how long, and stop')
    .optionsGroup('What comes out:')
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--markdown', 'Markdown on stdout'))
    .addOption(new Option('--html', 'one HTML page on stdout'))
    .addOption(valueOption('--export-json <file>', 'the JSON into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-md <file>', 'the Markdown into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-html <file>', 'the page into a file; - = stdout', asGiven))
    .addOption(
      valueOption(
        '-o, --output <dir>',
        'where runs and answer are kept (default: lab-results; with --from: the answer, into that directory)',
        asGiven,
      ),
    )
    .option('--no-save', 'keep nothing')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: ChooseCommandOptions) => {
      finish(await choose(file, keys, options, supplied));
    });
}
