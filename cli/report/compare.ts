/** `lab compare`: is one result better than another? */
import { type Command, Option } from 'commander';
import { COMPARED_NAMES, compareSides, USUAL_NAMES } from '../../bench/compare/compare.js';
import type { Comparison, MetricComparison } from '../../bench/compare/comparison.js';
import { DEFAULT_MARGIN } from '../../bench/compare/decide.js';
import type { Input } from '../../bench/compare/sides.js';
import { type ComparedName, ON_REQUEST } from '../../bench/metric-catalogue.js';
import { renderHtmlComparison } from '../../reports/html/comparison/report.js';
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
import { note, print, stdoutStyle, stdoutWidth } from '../output.js';
import { renderComparison } from '../ui/compare-table.js';
import { type DocumentOptions, planDocument } from './document-output.js';

const EXAMPLES = `
Each file is one session, and the session is the sample: its figure is the median over its runs. What is
before --against is the reference, what follows it is compared with that. Without --against the first file is
the reference, and every later one is compared with it by itself.

Better, worse and equivalent take 3 sessions a side at the least, and 5 for the usual metrics of one cell:
repeat the command at other times. To compare two settings now, in one session: lab ab.

Examples:
  lab run --repeat 5 --export-json base1.json      and again, at other times, base2.json, …
  lab compare base*.json --against new*.json
  lab compare base*.json --against new*.json --fail-on worse --export-md summary.md   a gate
  lab compare base*.json --against new*.json --metrics p99 --margin 10%   fewer tests need fewer sessions
  lab compare base*.json --against new*.json --html > compared.html    a page for a browser
  lab compare before.json after.json --same-session-assumption            runs as the sample, at your risk

Exit codes: 0 compared · 2 usage, or nothing to compare · 99 something that --fail-on names
`;

const STDIN = '-';

/**
 * What a gate may fail on. `missing`: a cell of the reference that has no usable counterpart, or a
 * figure that only the reference has.
 */
const GATES = ['worse', 'inconclusive', 'missing'] as const;
type Gate = (typeof GATES)[number];

interface CompareCommandOptions extends DocumentOptions {
  readonly against?: readonly string[];
  readonly sameSessionAssumption?: boolean;
  readonly margin?: number;
  readonly metrics?: ComparedName[];
  readonly failOn?: Gate[];
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
      'compare results: better, worse, equivalent or inconclusive, by statistics over sessions',
    )
    .argument('<results...>', 'result.json or folders of runs, the reference first; - = stdin')
    .addOption(new Option('--against <results...>', 'the sessions to compare with those before it'))
    .addOption(
      new Option(
        '--same-session-assumption',
        'take runs as the sample, as if one session had measured all of them',
      ),
    )
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
        `what to compare (default: ${USUAL_NAMES.join(',')}; besides: ${ON_REQUEST.join(',')})`,
        oneOf(COMPARED_NAMES),
      ),
    )
    .addOption(
      valueOption('--fail-on <list>', `exit 99 on any of: ${GATES.join(', ')}`, oneOf(GATES)),
    )
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--markdown', 'Markdown on stdout'))
    .addOption(new Option('--html', 'one HTML page on stdout'))
    .addOption(valueOption('--export-json <file>', 'the JSON into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-md <file>', 'the Markdown into a file; - = stdout', asGiven))
    .addOption(valueOption('--export-html <file>', 'the page into a file; - = stdout', asGiven))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: CompareCommandOptions) => {
      finish(await compare(paths, options));
    });
}

async function compare(paths: readonly string[], options: CompareCommandOptions): Promise<number> {
  const output = planDocument<Comparison>(
    options,
    (comparison) => renderComparison(comparison, stdoutWidth(), stdoutStyle()),
    renderComparisonMarkdown,
    renderHtmlComparison,
  );
  const sides = sidesOf(paths, options.against);
  checkPaths(sides.flat());
  for (const { flag, path } of output.files) await checkExport(flag, path);
  const inputs = [];
  for (const side of sides) inputs.push(await sessionsOf(side));
  const gates = options.failOn ?? [];
  const comparison = compareSides(inputs, {
    sameSession: options.sameSessionAssumption === true,
    ...(options.margin === undefined ? {} : { margin: options.margin }),
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  });
  if (gates.includes('worse') && isSampleTooSmall(comparison)) throw idleGate(comparison);
  for (const { flag, path, render } of output.files)
    await writeExport(flag, path, render(comparison));
  await print(output.stdout(comparison));
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

/** The sides as they stand on the command line, the reference first. */
function sidesOf(paths: readonly string[], against: readonly string[] | undefined): string[][] {
  return against === undefined ? paths.map((path) => [path]) : [[...paths], [...against]];
}

async function sessionsOf(paths: readonly string[]): Promise<Input[]> {
  const sessions: Input[] = [];
  for (const path of paths)
    sessions.push({ name: path, result: inPlanOrder(await readResult(path)) });
  return sessions;
}

/** There are figures, and no difference between them could be told. */
function isSampleTooSmall({ detectable, candidates }: Comparison): boolean {
  const metrics = candidates.flatMap(({ cells }) => cells.flatMap((cell) => cell.metrics));
  return !detectable && metrics.some(({ shift }) => shift !== null);
}

/** A gate that nothing can break would be taken for one that passed. */
function idleGate({ sample, reference, candidates, needed_to_detect }: Comparison): LabError {
  const [a, b] = [reference, ...candidates.map(({ side }) => side)].map(
    ({ sessions }) => sessions.length,
  );
  const have = sample === 'session' ? `sessions: ${a} against ${b}` : 'too few runs';
  const how =
    sample === 'session'
      ? `give ${needed_to_detect} sessions a side (A1.json … --against B1.json …) or fewer --metrics, or measure both in one session: lab ab --fail-on worse`
      : `measure both with --repeat ${needed_to_detect} or more, or give fewer --metrics`;
  return new LabError(
    'LAB_ERR_NO_EFFECT',
    `--fail-on worse cannot fail: with so small a sample no difference, however large, can be told (${have})`,
    { hint: how },
  );
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
      hint: 'name two results or more: lab compare base1.json base2.json … --against new1.json new2.json …',
    });
  }
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new LabError('LAB_ERR_USAGE', 'only one result can come from stdin', {
      hint: 'keep the others in files: lab run --export-json FILE',
    });
  }
}
