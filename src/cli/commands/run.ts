/** `lab run`: measures a matrix of cells. */
import { type Command, Option } from 'commander';
import { estimateSeconds, planCells, type RunConfig } from '../../../bench/plan.js';
import type { LabResult } from '../../../bench/result.js';
import type { Finish } from '../options.js';
import { valueOption } from '../options.js';
import { jsonText, print, stdoutClosed, stdoutStyle, stdoutWidth } from '../output.js';
import { planDocument } from '../plan-document.js';
import { reproduction, runConfig, runFlags } from '../run-config.js';
import { checkOutput, deliver, type OutputOptions, type OutputPlan, planOutput } from '../run-output.js';
import { watchRun } from '../run-watch.js';
import { watchInterrupts } from '../signals.js';
import { renderPlan } from '../ui/plan-table.js';

const EXAMPLES = `
Lists separated by commas span the matrix: every combination is a cell.

Examples:
  lab run                                        TCP × UDP × both codecs, under a minute
  lab run -c 10,100,1k -d 10s                    how it grows with the number of clients
  lab run -t udp -k msgpack -c 1k -r 100 -s 40   one cell: 1000 clients, 100,000 deliveries/s
  lab run --repeat 5 --export-csv runs.csv       five runs of each cell, interleaved
  lab run --source replay:trades.csv -r recorded --speed 10
  lab run -c 1k,5k -r 100,1k --dry-run           what would run, and for how long
  lab run --json | jq '.cells[] | {id, p99: .latency_us.p99}'
`;

const INCOMPLETE = 4;
const INTERRUPTED = 130;

type RunOptions = OutputOptions & { readonly dryRun?: boolean } & Readonly<Record<string, unknown>>;

/** @param supplied the arguments as given, for the record */
export function addRun(program: Command, supplied: readonly string[], finish: Finish): void {
  const command = program.command('run').description('measure every combination of the lists, and report');
  const keys: string[] = [];
  command.optionsGroup('What is measured:');
  for (const { flags, about, fallback, parse } of runFlags()) {
    const option = valueOption(flags, fallback === null ? about : `${about} (default: ${fallback})`, parse);
    keys.push(option.attributeName());
    command.addOption(option);
  }
  const asGiven = (text: string): string => text;
  command
    .optionsGroup('What comes out:')
    .addOption(new Option('--json', 'the result as one JSON document on stdout'))
    .addOption(new Option('--json-stream', 'NDJSON on stdout while it runs: start, interval, end'))
    .addOption(valueOption('--export-json <file>', 'the result as JSON; - = stdout', asGiven))
    .addOption(
      valueOption('--export-md <file>', 'the report as Markdown, without charts; - = stdout', asGiven),
    )
    .addOption(valueOption('--export-csv <file>', 'one CSV row per cell; - = stdout', asGiven))
    .addOption(valueOption('-o, --output <dir>', 'where reports are kept (default: lab-results)', asGiven))
    .option('--no-save', 'keep no report')
    .option('--dry-run', 'print the cells and the time they take, and stop')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => {
      const parts = keys.map((key) => options[key]) as (Partial<RunConfig> | undefined)[];
      const config = runConfig(parts.filter((part) => part !== undefined));
      const output = planOutput(options);
      finish(options.dryRun === true ? await dryRun(config, output) : await run(config, output, supplied));
    });
}

/** Prints the plan, then says whether the run would start. */
async function dryRun(config: RunConfig, output: OutputPlan): Promise<number> {
  const cells = planCells(config);
  const text =
    output.stdout === 'table'
      ? renderPlan(cells, estimateSeconds(config, cells), stdoutWidth(), stdoutStyle())
      : jsonText(planDocument(config, cells));
  await print(text);
  await checkOutput(output);
  const { preflight } = await import('../../../bench/runner.js');
  await preflight(config);
  return 0;
}

/** @throws Exit after a second Ctrl-C, or when nobody reads the stream any more */
async function run(config: RunConfig, output: OutputPlan, supplied: readonly string[]): Promise<number> {
  planCells(config);
  await checkOutput(output);
  const { preflight, runMatrix } = await import('../../../bench/runner.js');
  await preflight(config);
  const watch = watchRun(config, output);
  // Until everything is written: a second Ctrl-C must not tear a file.
  const interrupts = watchInterrupts((text) => watch.say(text));
  const kill = AbortSignal.any([interrupts.kill, stdoutClosed]);
  try {
    const hooks = { onEvent: watch.onEvent, stop: interrupts.stop, kill };
    const result = await runMatrix(config, { command: reproduction(config), supplied }, hooks);
    watch.close();
    await deliver(result, output);
    if (interrupts.stop.aborted) return INTERRUPTED;
    return result.incomplete || result.cells.some(isBad) ? INCOMPLETE : 0;
  } catch (error) {
    // Whatever breaks after a kill broke because of it.
    kill.throwIfAborted();
    throw error;
  } finally {
    watch.close();
    interrupts.dispose();
  }
}

function isBad({ verdict, incomplete }: LabResult['cells'][number]): boolean {
  return incomplete || verdict.status === 'INVALID';
}
