/**
 * The commands and what they have in common: help, errors thrown instead of printed, options that
 * may not come twice.
 */
import { Command } from 'commander';
import { openFilesLimit } from '../src/kernel/open-files.js';
import { checkLeastFiles } from '../src/serve/descriptors.js';
import { labVersion } from '../src/version.js';
import type { Finish } from './args/options.js';

const EXAMPLES = `
Examples:
  lab run                                   TCP × UDP × both codecs, under a minute
  lab run -t udp -c 1000 -r 100 --repeat 5  one transport, 1,000 clients, five runs of each cell
  lab ping                                  what the network itself takes
  lab ceiling                               what bare sockets deliver, without core and codec
  lab link 4g                               an emulated link by itself: asked for and found
  lab doctor                                what would spoil a benchmark here
  lab selftest                              whether the lab itself measures what it should
  lab subscribe tcp://127.0.0.1:7400        watch a feed, or pipe it into jq
  lab record tcp://… -o feed.ndjson         record it, to be replayed
  lab report lab-results/…/result.json      the report of an earlier run
  lab serve                                 a feed to subscribe to, with health and metrics
  lab ab '--flush 0' '--flush 10ms'         which of two is better, in one session
  lab choose -c 200 -r 100 --quick          which transport to take, what it costs, what would change it
  lab search --slo 'p99<50ms,loss=0'        the largest rate that each transport holds
  lab compare a*.json --against b*.json     better, worse or equivalent, by statistics over sessions

Exit codes: 0 ok · 1 failed · 2 usage · 4 incomplete or an INVALID cell · 99 a threshold broke ·
  130 interrupted
`;

type Add = (program: Command, supplied: readonly string[], finish: Finish) => Promise<void>;

/**
 * In the order of the help. Each command is loaded with all that it needs only when it is asked
 * for: a second of loading is felt.
 */
const COMMANDS: ReadonlyMap<string, Add> = new Map<string, Add>([
  [
    'run',
    async (program, supplied, finish) =>
      (await import('./run/command.js')).addRun(program, supplied, finish),
  ],
  [
    'ping',
    async (program, _, finish) => (await import('./check/ping.js')).addPing(program, finish),
  ],
  [
    'ceiling',
    async (program, _, finish) => (await import('./check/ceiling.js')).addCeiling(program, finish),
  ],
  [
    'micro',
    async (program, _, finish) => (await import('./check/micro.js')).addMicro(program, finish),
  ],
  [
    'report',
    async (program, _, finish) => (await import('./report/report.js')).addReport(program, finish),
  ],
  [
    'compare',
    async (program, _, finish) => (await import('./report/compare.js')).addCompare(program, finish),
  ],
  [
    'ab',
    async (program, supplied, finish) =>
      (await import('./ab/command.js')).addAb(program, supplied, finish),
  ],
  [
    'choose',
    async (program, supplied, finish) =>
      (await import('./choose/command.js')).addChoose(program, supplied, finish),
  ],
  [
    'search',
    async (program, supplied, finish) =>
      (await import('./search/command.js')).addSearch(program, supplied, finish),
  ],
  [
    'link',
    async (program, supplied, finish) =>
      (await import('./link/command.js')).addLink(program, supplied, finish),
  ],
  [
    'doctor',
    async (program, _, finish) => (await import('./check/doctor.js')).addDoctor(program, finish),
  ],
  [
    'selftest',
    async (program, _, finish) =>
      (await import('./check/selftest.js')).addSelftest(program, finish),
  ],
  [
    'serve',
    async (program, _, finish) => {
      // Before all that a server consists of is loaded: that alone takes some.
      checkLeastFiles(await openFilesLimit());
      (await import('./serve/command.js')).addServe(program, finish);
    },
  ],
  [
    'subscribe',
    async (program, _, finish) =>
      (await import('./feed/subscribe.js')).addSubscribe(program, finish),
  ],
  [
    'record',
    async (program, _, finish) => (await import('./feed/record.js')).addRecord(program, finish),
  ],
]);

/**
 * The program with the command that `supplied` names; with all of them when it names none, as the
 * help does, and with none for its version.
 * @param supplied the arguments as given, for the record
 */
export async function buildProgram(supplied: readonly string[], finish: Finish): Promise<Command> {
  const program = new Command('lab')
    .description(
      'Measures TCP against UDP, codec against codec, for pushing live data to many clients.',
    )
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .version(labVersion(), '-V, --version', 'print the version')
    .option('--debug', 'print the stack of an error')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES);
  for (const add of needed(supplied)) await add(program, supplied, finish);
  return program;
}

function needed(supplied: readonly string[]): Iterable<Add> {
  if (supplied.length === 1 && ['-V', '--version'].includes(supplied[0]!)) return [];
  const asked = COMMANDS.get(supplied.find((word) => !word.startsWith('-')) ?? '');
  return asked === undefined ? COMMANDS.values() : [asked];
}
