/** `lab search`: the largest load that holds an objective. */
import { type Command, Option } from 'commander';
import { AXES } from '../../bench/search/document.js';
import { type Goal, parseGoal } from '../../bench/search/objective.js';
import { DEFAULT_TIMING, QUICK_TIMING } from '../../bench/search/plan.js';
import { LabError } from '../../src/errors.js';
import { parseDuration, parseName, parsePercent } from '../../src/options/values.js';
import { noEffect } from '../args/effect.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { runFlags } from '../args/run-config.js';
import { longName } from '../args/run-flag.js';
import { DECIDED } from './decided.js';
import { type SearchOptions, search } from './start.js';

const HELP = `
A load holds when at least half of the time of its trials met every condition of --slo. Each trial is a fresh cell:
new processes, new connections. The search begins at the value of what it varies, doubles until a load does not
hold, and halves the interval. A trial in which the lab's own clients, its generator or its link were at their limit
is void: it is made again twice, and then the search ends with "limit of the instrument", never with a capacity.

--slo takes what --threshold takes, with commas between, and loss=0. It may be repeated: goals share their trials.
--quick: trials of ${QUICK_TIMING.initialS} and ${QUICK_TIMING.finalS} s, two of three decide, to ${100 * QUICK_TIMING.width} %, in place of ${DEFAULT_TIMING.initialS} and ${DEFAULT_TIMING.finalS} s, three of five, to ${100 * DEFAULT_TIMING.width} %;
and no look at the latency at 10, 50 and 90 % of the capacity. It shows the place, and is no figure to defend.

Examples:
  lab search -t tcp,udp -k line-json -c 500 --slo 'p99<50ms,loss=0' --quick      messages/s, from 100 upwards
  lab search -t tcp -k msgpack -r 50 -c 100 --vary clients --slo 'p99<20ms,loss=0'
  lab search --slo 'p99<10ms,loss=0' --slo 'p99<100ms,loss<0.1%'                 two goals, one search
  lab search -t udp --link none,4g --slo 'staleness_p99<500ms' --dry-run
  lab search --resume lab-results/20251121-194502-search-rate-tcp-udp

Exit codes: 0 answered · 2 usage · 4 incomplete, or the limit of the instrument · 99 the smallest load does not hold
  · 130 interrupted
`;

const SECONDS = { min: 100, max: 3_600_000 };

/** @param supplied the arguments as given, for the record */
export function addSearch(program: Command, supplied: readonly string[], finish: Finish): void {
  const asGiven = (text: string): string => text;
  const seconds = (text: string, flag: string): number =>
    parseDuration(flag, text, SECONDS) / 1_000;
  const share =
    (min: number, max: number) =>
    (text: string, flag: string): number =>
      parsePercent(flag, text, { min, max });
  const command = program
    .command('search')
    .description('find the largest rate, number of clients or size that holds an objective');
  command
    .optionsGroup('What is asked:')
    .addOption(sloOption())
    .addOption(
      valueOption('--vary <axis>', `what grows: ${AXES.join(', ')} (default: rate)`, (text, flag) =>
        parseName(flag, text, AXES, 'LAB_ERR_BAD_VALUE'),
      ),
    )
    .option('--quick', 'short trials and few of them: the place, in a minute or two each')
    .addOption(
      valueOption('--initial <time>', 'of trials that look for the place (default: 3s)', seconds),
    )
    .addOption(valueOption('--final <time>', 'of trials that decide (default: 10s)', seconds))
    .addOption(
      valueOption('--sum <time>', 'of deciding trials at a load, together (default: 50s)', seconds),
    )
    .addOption(
      valueOption(
        '--exceed <share>',
        'of that time a load that holds may fail (default: 50%)',
        share(0, 0.99),
      ),
    )
    .addOption(
      valueOption(
        '--width <share>',
        'distance of the bounds at which it ends (default: 5%)',
        share(0.001, 0.5),
      ),
    )
    .addOption(
      valueOption('--resume <folder>', 'go on with a search that ended before its end', asGiven),
    )
    .option('--dry-run', 'say what would be searched and for how long, and stop')
    .optionsGroup('What is measured (one value of what grows: where the search begins):');
  const keys: string[] = [];
  for (const { flags, about, fallback, parse } of runFlags()) {
    const why = DECIDED.get(longName({ flags }));
    const option = valueOption(
      flags,
      fallback === null ? about : `${about} (default: ${fallback})`,
      why === undefined ? parse : (_, flag) => refuseDecided(flag, why),
    );
    if (why === undefined) keys.push(option.attributeName());
    command.addOption(why === undefined ? option : option.hideHelp());
  }
  command
    .optionsGroup('What comes out:')
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--markdown', 'Markdown on stdout'))
    .addOption(valueOption('--export-json <file>', 'the JSON into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-md <file>', 'the Markdown into a file; - = stdout', asGiven))
    .addOption(
      valueOption('-o, --output <dir>', 'where it is kept (default: lab-results)', asGiven),
    )
    .option('--no-save', 'keep nothing')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', HELP)
    .action(async (options: SearchOptions) => {
      if (options.resume !== undefined) refuseBesideResume(command);
      finish(await search(options, keys, supplied));
    });
}

/** The one option that may come several times: each is a goal of its own. */
function sloOption(): Option {
  const about = "what must hold together: 'p99<50ms,loss=0'; may be repeated, each is a goal";
  return new Option('--slo <conditions>', about).argParser(
    (text: string, previous: readonly Goal[] = []) => [...previous, parseGoal('--slo', text)],
  );
}

function refuseDecided(flag: string, why: string): never {
  throw new LabError('LAB_ERR_NO_EFFECT', `${flag} has no effect in a search: ${why}`, {
    hint: `leave ${flag} out`,
  });
}

const OF_A_RESUMED_SEARCH: ReadonlySet<string> = new Set([
  ...['resume', 'json', 'markdown', 'exportJson', 'exportMd', 'quiet'],
]);

function refuseBesideResume(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (OF_A_RESUMED_SEARCH.has(name) || command.getOptionValueSource(name) !== 'cli') continue;
    throw noEffect(option.long ?? option.flags, {
      beside: '--resume: a search goes on as it was begun, in its folder',
      otherwise: 'begin another search without --resume',
    });
  }
}
