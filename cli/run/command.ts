/** `lab run`: measures a matrix of cells. */
import { type Command, Option } from 'commander';
import type { RunConfig } from '../../bench/config.js';
import { estimateSeconds, latestEnd } from '../../bench/run/estimate.js';
import { planCells } from '../../bench/run/matrix.js';
import { parseThreshold, type Threshold } from '../../bench/verdict/threshold.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { commandConfig, runFlags } from '../args/run-config.js';
import { liveOption } from '../live/flag.js';
import { jsonText, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderPlan } from '../ui/plan-table.js';
import { resume, run, sayReading, tryFirst } from './execute.js';
import { refuseBesideDryRun, refuseBesidePrintConfig, refuseBesideResume } from './flags-beside.js';
import { checkOutput, type OutputOptions, type OutputPlan, planOutput } from './output-plan.js';
import { planDocument } from './plan-document.js';

const EXAMPLES = `
Lists separated by commas span the matrix: every combination is a cell.
One run ranks nothing. Without --duration, --warmup and --repeat, every cell is run several times for a
second or less, interleaved and as often as a ranking takes, where all of it stays under a minute; else
once, for the default duration. Any of the three is obeyed.

Examples:
  lab run                                        TCP × UDP × both codecs, 7 short runs of each, under a minute
  lab run -c 10,100,1k -d 10s                    how it grows with the number of clients
  lab run -t udp -k msgpack -c 1k -r 100 -s 40   one cell: 1,000 clients, 100,000 deliveries/s
  lab run --repeat 5 --export-csv runs.csv       five runs of each cell, interleaved
  lab run --repeat auto --ci 5%                  until the median p99 is known to ±5 %, at most 20 runs
  lab run --source replay:trades.csv -r recorded --speed 10
  lab run -c 1k,5k -r 100,1k --dry-run           what would run, and for how long
  lab run --target tcp://127.0.0.1:7400,udp://127.0.0.1:7400 -c 50   a lab serve that is running already
  lab run --threshold 'p99<5ms' --threshold 'loss<0.1%'   exit code 99 when a cell breaks one
  lab run --scenario game-tick                   also quotes-to-phones, telemetry-to-dashboards, order-book-burst, scaling,
                                                 lossy-link, lossy-link-full
  lab run -c 1k --print-config > lab.yaml        then: lab run --config lab.yaml
  lab run --resume lab-results/20251121-194502-tcp-udp-c100   go on with a run that ended before its end
  lab run --live                                 watch it in a browser: the address is told on stderr
  lab run --json | jq '.cells[] | {id, p99: .latency_us.p99}'
`;

type RunOptions = OutputOptions & {
  readonly config?: string;
  readonly scenario?: string;
  /** A folder. */
  readonly resume?: string;
  readonly printConfig?: boolean;
  readonly dryRun?: boolean;
  readonly threshold?: readonly Threshold[];
} & Readonly<Record<string, unknown>>;

/** @param supplied the arguments as given, for the record */
export function addRun(program: Command, supplied: readonly string[], finish: Finish): void {
  const command = program
    .command('run')
    .description('measure every combination of the lists, and report');
  const keys: string[] = [];
  command.optionsGroup('What is measured:');
  for (const { flags, about, fallback, parse } of runFlags()) {
    const option = valueOption(
      flags,
      fallback === null ? about : `${about} (default: ${fallback})`,
      parse,
    );
    keys.push(option.attributeName());
    command.addOption(option);
  }
  const asGiven = (text: string): string => text;
  command
    .addOption(
      valueOption(
        '--config <file>',
        'settings from a YAML or JSON file; flags override it',
        asGiven,
      ),
    )
    .addOption(
      valueOption(
        '--scenario <name>',
        'one of the scenarios in it, or of those shipped (see below)',
        asGiven,
      ),
    )
    .addOption(
      valueOption(
        '--resume <folder>',
        'measure what is missing of a run that ended before its end, as it was begun',
        asGiven,
      ),
    )
    .optionsGroup('What comes out:')
    .addOption(new Option('--json', 'the result as one JSON document on stdout'))
    .addOption(new Option('--json-stream', 'NDJSON on stdout while it runs: start, interval, end'))
    .addOption(valueOption('--export-json <file>', 'the result as JSON; - = stdout', asGiven))
    .addOption(
      valueOption(
        '--export-md <file>',
        'the report as Markdown, without charts; - = stdout',
        asGiven,
      ),
    )
    .addOption(
      valueOption('--export-html <file>', 'the report as one HTML file; - = stdout', asGiven),
    )
    .addOption(valueOption('--export-csv <file>', 'one CSV row per cell; - = stdout', asGiven))
    .addOption(
      valueOption(
        '--export-hlog <file>',
        'latencies as an HdrHistogram log (v1.3); - = stdout',
        asGiven,
      ),
    )
    .addOption(
      valueOption(
        '--export-hgrm <dir>',
        'percentile distributions in ms, one .hgrm file per cell',
        asGiven,
      ),
    )
    .addOption(thresholdOption())
    .addOption(
      valueOption('-o, --output <dir>', 'where reports are kept (default: lab-results)', asGiven),
    )
    .option('--no-save', 'keep no report')
    .addOption(
      new Option(
        '--print-config',
        'print the configuration as YAML for --config, and stop',
      ).conflicts(['dryRun', 'json', 'jsonStream']),
    )
    .option('--dry-run', 'print the cells and the time they take, and stop')
    .option('-q, --quiet', 'no progress on stderr')
    .addOption(liveOption('the run'))
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => {
      if (options.resume !== undefined) {
        refuseBesideResume(command);
        const output = { ...planOutput(options), directory: null };
        return finish(await resume(options.resume, output, supplied));
      }
      if (options.printConfig === true) refuseBesidePrintConfig(command);
      const parts = keys.map((key) => options[key]) as (Partial<RunConfig> | undefined)[];
      const { loadPreset } = await import('../config-file/load.js');
      const preset = await loadPreset(options.config, options.scenario);
      const config = commandConfig(
        parts.filter((part) => part !== undefined),
        preset.parts,
      );
      const thresholds = options.threshold ?? preset.thresholds;
      const output = planOutput(options);
      if (options.printConfig === true) finish(await printConfig(config, thresholds));
      else if (options.dryRun === true) {
        refuseBesideDryRun(command);
        finish(await dryRun(config, output));
      } else finish(await run({ config, thresholds }, output, supplied));
    });
}

async function printConfig(config: RunConfig, thresholds: readonly Threshold[]): Promise<number> {
  planCells(config);
  const { configYaml } = await import('../config-file/print.js');
  await print(configYaml(config, thresholds));
  return 0;
}

/** Prints the plan, then says whether the run would start. */
async function dryRun(config: RunConfig, output: OutputPlan): Promise<number> {
  const cells = planCells(config);
  const text =
    output.stdout === 'table'
      ? renderPlan(
          {
            cells,
            seconds: estimateSeconds(config, cells),
            latest: latestEnd(config),
            setup: config,
          },
          stdoutWidth(),
          stdoutStyle(),
        )
      : jsonText(planDocument(config, cells));
  await print(text);
  await checkOutput(output);
  sayReading(await tryFirst(config), output);
  return 0;
}

/** The one option that may come several times: each is a condition of its own. */
function thresholdOption(): Option {
  const about =
    "what must hold in every cell: 'p99<5ms', 'loss<0.1%'; may be repeated; exit 99 if it does not";
  return new Option('--threshold <condition>', about).argParser(
    (text: string, previous: readonly Threshold[] = []) => [
      ...previous,
      parseThreshold('--threshold', text),
    ],
  );
}
