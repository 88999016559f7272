/** `lab compare`: is one result better than another? */
import { type Command, Option } from 'commander';
import { COMPARED_NAMES, compareResults } from '../../bench/compare/compare.js';
import type { Comparison, MetricComparison } from '../../bench/compare/comparison.js';
import { DEFAULT_MARGIN } from '../../bench/compare/decide.js';
import { type ComparedName, ON_REQUEST } from '../../bench/metric-catalogue.js';
import { renderComparisonMarkdown } from '../../reports/markdown/compare.js';
import { inPlanOrder, listWords } from '../../reports/model/cells.js';
import { metricTitle, totalsText } from '../../reports/text/compare-format.js';
import { LabError } from '../../src/errors.js';
import { percentText } from '../../src/options/value-text.js';
import { parseList, parseName, parsePercent } from '../../src/options/values.js';
import type { Finish } from '../args/options.js';
import { valueOption } from '../args/options.js';
import { EXIT_CODES } from '../exit-codes.js';
import { checkExport } from '../files/check-files.js';
import { readResult } from '../files/result-file.js';
import { writeExport } from '../files/whole-files.js';
import { jsonText, note, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderComparison } from '../ui/compare-table.js';

const EXAMPLES = `
The first result is the reference; every later one is compared with it. A run is one sample: measure with --repeat.

Examples:
  lab run --repeat 8 --export-json before.json
  lab compare before.json after.json
  lab compare before.json after.json --fail-on worse --export-md summary.md   a gate for CI
  lab compare before.json after.json --metrics p99,loss --margin 10%          fewer tests need fewer runs

Exit codes: 0 compared · 2 usage, or nothing to compare · 99 something that --fail-on names
`;

const STDIN = '-';
const STDOUT = '-';

/**
 * What a gate may fail on. `missing`: a cell of the reference that has no usable counterpart, or a
 * figure that only the reference has.
 */
const GATES = ['worse', 'inconclusive', 'missing'] as const;
type Gate = (typeof GATES)[number];

const DEFAULT_NAMES = COMPARED_NAMES.filter((name) => !ON_REQUEST.includes(name));

interface CompareCommandOptions {
  readonly margin?: number;
  readonly metrics?: ComparedName[];
  readonly failOn?: Gate[];
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly exportJson?: string;
  readonly exportMd?: string;
}

export function addCompare(program: Command, finish: Finish): void {
  const asGiven = (text: string): string => text;
  const oneOf =
    <T extends string>(allowed: readonly T[]) =>
    (text: string, flag: string): T[] =>
      parseList(flag, text, (item) => parseName(flag, item, allowed, 'LAB_ERR_BAD_VALUE') as T);
  const margin = (text: string, flag: string): number =>
    parsePercent(flag, text, { min: 0, max: 1 });
  program
    .command('compare')
    .description(
      'compare results: better, worse, equivalent or inconclusive, by statistics over runs',
    )
    .argument('<results...>', 'two or more result.json, the reference first; - = stdin')
    .addOption(
      valueOption(
        '--margin <percent>',
        `smallest difference that matters, of the reference median (default: ${percentText(DEFAULT_MARGIN)})`,
        margin,
      ),
    )
    .addOption(
      valueOption(
        '--metrics <list>',
        `what to compare (default: ${DEFAULT_NAMES.join(',')}; besides: ${ON_REQUEST.join(',')})`,
        oneOf(COMPARED_NAMES),
      ),
    )
    .addOption(
      valueOption('--fail-on <list>', `exit 99 on any of: ${GATES.join(', ')}`, oneOf(GATES)),
    )
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--markdown', 'Markdown on stdout'))
    .addOption(valueOption('--export-json <file>', 'the JSON into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-md <file>', 'the Markdown into a file; - = stdout', asGiven))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: CompareCommandOptions) => {
      finish(await compare(paths, options));
    });
}

async function compare(paths: readonly string[], options: CompareCommandOptions): Promise<number> {
  const output = planOutput(options);
  checkPaths(paths);
  for (const { flag, path } of output.files) await checkExport(flag, path);
  const inputs = [];
  for (const path of paths)
    inputs.push({ name: path, result: inPlanOrder(await readResult(path)) });
  const comparison = compareResults(inputs, {
    ...(options.margin === undefined ? {} : { margin: options.margin }),
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  });
  for (const { flag, path, render } of output.files)
    await writeExport(flag, path, render(comparison));
  await print(output.stdout(comparison));
  const gates = options.failOn ?? [];
  if (gates.includes('worse') && !comparison.detectable) {
    note(
      `--fail-on worse cannot fail: with so few runs no difference can be told (lab run --repeat ${comparison.runs_to_detect})`,
    );
  }
  const gone = figuresGone(comparison);
  if (gates.includes('worse') && !gates.includes('missing') && gone.length > 0) {
    note(
      `--fail-on worse says nothing about ${listWords([...new Set(gone.map(metricTitle))])} where only the reference has one (too few samples, more messages missing than the percentile leaves out, or latencies that end elsewhere): --fail-on worse,missing does`,
    );
  }
  const broken = gates.filter((gate) => isBroken(comparison, gate));
  if (broken.length === 0) return 0;
  note(`--fail-on ${broken.join(',')}: ${totalsText(comparison.totals)}`);
  return EXIT_CODES.gateBroken;
}

function isBroken({ totals, candidates, reference }: Comparison, gate: Gate): boolean {
  if (gate !== 'missing') return totals[gate] > 0;
  return (
    figuresGone({ candidates }).length > 0 ||
    candidates.some(
      ({ cells, unmatched }) =>
        cells.some(({ metrics }) => metrics.length === 0) ||
        unmatched.some(({ only_in }) => only_in === reference.label),
    )
  );
}

/**
 * What every run of the reference has and not every one of the candidate, or only one that is of
 * something else: a figure must not pass by being lost.
 */
function figuresGone({ candidates }: Pick<Comparison, 'candidates'>): MetricComparison[] {
  return candidates
    .flatMap(({ cells }) => cells.flatMap(({ metrics }) => metrics))
    .filter(
      ({ reference, candidate, reason }) =>
        reason === 'ARRIVAL_AND_RECEIPT' ||
        (reference.median !== null && candidate.median === null),
    );
}

function checkPaths(paths: readonly string[]): void {
  if (paths.length < 2) {
    throw new LabError('LAB_ERR_USAGE', `there is nothing to compare '${paths[0]}' with`, {
      hint: 'name two results or more, the reference first: lab compare before.json after.json',
    });
  }
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new LabError('LAB_ERR_USAGE', 'only one result can come from stdin', {
      hint: 'keep the others in files: lab run --export-json FILE',
    });
  }
}

type Render = (comparison: Comparison) => string;

interface Output {
  readonly files: readonly {
    readonly flag: string;
    readonly path: string;
    readonly render: Render;
  }[];
  readonly stdout: Render;
}

/** @throws LAB_ERR_USAGE when two things claim stdout or one file */
function planOutput({ json, markdown, exportJson, exportMd }: CompareCommandOptions): Output {
  const asked: readonly [string, string | undefined, Render][] = [
    ['--json', json === true ? STDOUT : undefined, jsonText],
    ['--markdown', markdown === true ? STDOUT : undefined, renderComparisonMarkdown],
    ['--export-json', exportJson, jsonText],
    ['--export-md', exportMd, renderComparisonMarkdown],
  ];
  const wanted = asked.flatMap(([flag, path, render]) =>
    path === undefined ? [] : [{ flag, path, render }],
  );
  for (const [i, { flag, path }] of wanted.entries()) {
    const other = wanted.slice(0, i).find((one) => one.path === path);
    if (other === undefined) continue;
    const what = path === STDOUT ? 'stdout' : `'${path}'`;
    throw new LabError('LAB_ERR_USAGE', `${other.flag} and ${flag} both claim ${what}`, {
      hint: 'let one of them write to a file of its own: --export-md FILE',
    });
  }
  return {
    files: wanted.filter(({ path }) => path !== STDOUT),
    stdout:
      wanted.find(({ path }) => path === STDOUT)?.render ??
      ((comparison) => renderComparison(comparison, stdoutWidth(), stdoutStyle())),
  };
}
