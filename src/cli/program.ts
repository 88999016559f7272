/** The commands and what they have in common: help, errors thrown instead of printed, options that may not come twice. */
import { Command } from 'commander';
import { labVersion } from '../version.js';
import { addCeiling } from './commands/ceiling.js';
import { addCompare } from './commands/compare.js';
import { addDoctor } from './commands/doctor.js';
import { addMicro } from './commands/micro.js';
import { addPing } from './commands/ping.js';
import { addRecord } from './commands/record.js';
import { addReport } from './commands/report.js';
import { addRun } from './commands/run.js';
import { addSelftest } from './commands/selftest.js';
import { addServe } from './commands/serve.js';
import { addSubscribe } from './commands/subscribe.js';
import type { Finish } from './options.js';

const EXAMPLES = `
Examples:
  lab run                                   TCP × UDP × both codecs, under a minute
  lab run -t udp -c 1000 -r 100 --repeat 5  one transport, 1000 clients, five runs of each cell
  lab ping                                  what the network itself takes
  lab ceiling                               what bare sockets deliver, without core and codec
  lab doctor                                what would spoil a benchmark here
  lab selftest                              whether the lab itself measures what it should
  lab subscribe tcp://127.0.0.1:7400        watch a feed, or pipe it into jq
  lab record tcp://… -o feed.ndjson         record it, to be replayed
  lab report lab-results/…/result.json      the report of an earlier run
  lab serve                                 a feed to subscribe to, with health and metrics
  lab compare before.json after.json        better, worse or equivalent, by statistics over runs

Exit codes: 0 ok · 1 failed · 2 usage · 4 incomplete or an INVALID cell · 99 a threshold broke ·
  130 interrupted
`;

/** @param supplied the arguments as given, for the record */
export function buildProgram(supplied: readonly string[], finish: Finish): Command {
  const program = new Command('lab')
    .description('Measures TCP against UDP, codec against codec, for pushing live data to many clients.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .version(labVersion(), '-V, --version', 'print the version')
    .option('--debug', 'print the stack of an error')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES);
  addRun(program, supplied, finish);
  addPing(program, finish);
  addCeiling(program, finish);
  addMicro(program, finish);
  addReport(program, finish);
  addCompare(program, finish);
  addDoctor(program, finish);
  addSelftest(program, finish);
  addServe(program, finish);
  addSubscribe(program, finish);
  addRecord(program, finish);
  return program;
}
