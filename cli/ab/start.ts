/** An A/B from the flags of `lab ab`: what is measured, or read again. */
import { AB_MARGIN, type AnalyseOptions } from '../../bench/ab/analyse.js';
import { abDocument } from '../../bench/ab/assemble.js';
import type { AbDocument } from '../../bench/ab/document.js';
import { type AbPlan, type Arm, planBlocks } from '../../bench/ab/plan.js';
import { USUAL_NAMES } from '../../bench/compare/compare.js';
import type { ComparedName } from '../../bench/metric-catalogue.js';
import { renderAbMarkdown } from '../../reports/markdown/ab.js';
import { LabError } from '../../src/errors.js';
import { labVersion } from '../../src/version.js';
import { shellWord } from '../args/run-config.js';
import { checkDirectory, checkExport } from '../files/check-files.js';
import { note, print, stdoutStyle, stdoutWidth } from '../output.js';
import { type DocumentOptions, planDocument } from '../report/document-output.js';
import { estimateText, runAb } from './execute.js';
import { readFolder } from './folder.js';
import { exitCodeOf, type Gate, refuseIdleGate, whyIdle } from './gates.js';
import { OWN_PROGRAM, programAt } from './measure.js';
import { type AbOutput, deliver } from './output.js';
import { armCommand, pairsOf, planFile } from './plan.js';
import { sideConfig } from './sides.js';
import { renderAb } from './table.js';

export const DEFAULT_BLOCKS = 10;
export const DEFAULT_DIRECTORY = 'lab-results';

export interface AbOptions extends DocumentOptions {
  readonly blocks?: number;
  readonly both?: string;
  readonly labA?: string;
  readonly labB?: string;
  readonly control?: boolean;
  readonly from?: string;
  readonly margin?: number;
  readonly metrics?: ComparedName[];
  readonly failOn?: Gate[];
  readonly seed?: number;
  readonly output?: string;
  readonly save: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/**
 * @param a,b the flags of the sides; undefined = not given
 * @param supplied the arguments as given, for the record
 * @returns the exit code
 */
export async function ab(
  a: string | undefined,
  b: string | undefined,
  options: AbOptions,
  supplied: readonly string[],
): Promise<number> {
  const output: AbOutput = {
    ...planDocument<AbDocument>(
      options,
      (document) => renderAb(document, stdoutWidth(), stdoutStyle()),
      renderAbMarkdown,
    ),
    quiet: options.quiet === true,
  };
  for (const { flag, path } of output.files) await checkExport(flag, path);
  const { from } = options;
  if (from !== undefined) return readAgain(from, a, options, output);
  return measure(a, b, options, output, supplied);
}

/** What is to be read of the figures. */
function analysis(
  { margin, metrics }: AbOptions,
  known: AnalyseOptions = { margin: AB_MARGIN, metrics: USUAL_NAMES },
): AnalyseOptions {
  return { margin: margin ?? known.margin, metrics: metrics ?? known.metrics };
}

/** What says how to measure has no meaning where nothing is measured. */
const MEASURING = [
  'blocks',
  'both',
  'labA',
  'labB',
  'control',
  'seed',
  'output',
  'dryRun',
] as const;

async function readAgain(
  folder: string,
  flags: string | undefined,
  options: AbOptions,
  output: AbOutput,
): Promise<number> {
  const name = flags !== undefined ? 'FLAGS' : MEASURING.find((one) => options[one] !== undefined);
  if (name !== undefined) {
    const flag =
      name === 'FLAGS' ? name : `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    throw new LabError('LAB_ERR_NO_EFFECT', `${flag} has no effect with --from: all is measured`, {
      hint: `leave ${flag} out, or measure anew without --from`,
    });
  }
  const { plan, results } = await readFolder(folder);
  const document = abDocument(plan, results, analysis(options, plan), labVersion());
  const gates = options.failOn ?? [];
  await deliver(document, output, null);
  return exitCodeOf(document, gates);
}

async function measure(
  a: string | undefined,
  b: string | undefined,
  options: AbOptions,
  output: AbOutput,
  supplied: readonly string[],
): Promise<number> {
  const { both = '', control = false, blocks = DEFAULT_BLOCKS, seed = 1 } = options;
  const [flagsA, flagsB] = flagsOf(a, b, options);
  const [programA, programB] = programsOf(options);
  const ofA = sideConfig('A', flagsA, both);
  const arms: Arm[] = [
    { label: 'A', config: ofA },
    { label: 'B', config: sideConfig('B', flagsB, both) },
    ...(control ? [{ label: 'control', config: ofA } as const] : []),
  ];
  const plan = planBlocks(arms, blocks, seed);
  const analysed = analysis(options);
  refuseIdleGate(options.failOn ?? [], plan.positions.length, blocks, analysed.metrics);
  if (options.dryRun === true) {
    await print(planText(plan));
    return 0;
  }
  const directory = options.save ? (options.output ?? DEFAULT_DIRECTORY) : null;
  if (directory !== null) await checkDirectory('-o/--output', directory);
  const file = planFile(plan, {
    command: ['lab', ...supplied.map(shellWord)].join(' '),
    startedAt: new Date(),
    ...analysed,
    flags: [flagsA, flagsB, flagsA].map((flags) => [both, flags].join(' ').trim()),
    programs: [programA, programB, programA],
  });
  const { quiet } = output;
  const idle = whyIdle(plan.positions.length, blocks, analysed.metrics);
  // Said before minutes are spent.
  if (!quiet && idle !== null) note(`lab: ${idle.told}: give ${idle.hint}`);
  return runAb(
    { plan, file, options: analysed, gates: options.failOn ?? [], directory, quiet },
    output,
  );
}

/** What stands against what, and for how long. */
function planText(plan: AbPlan): string {
  const cells = pairsOf(plan).map(({ nameA, nameB }) =>
    nameA === nameB ? `A and B  ${nameA}\n` : `A  ${nameA}\nB  ${nameB}\n`,
  );
  const flags = plan.arms
    .slice(0, 2)
    .map(({ label, config }) => `${label}  ${armCommand(config, plan.blocks)}\n`);
  return `${[...cells, '\n', ...flags, '\n', estimateText(plan).replace(/^lab: /, '')].join('')}\n`;
}

/** Null = in this process. Of two labs both are started alike. @throws LAB_ERR_BAD_VALUE */
function programsOf({ labA, labB }: AbOptions): readonly [string | null, string | null] {
  if (labA === undefined && labB === undefined) return [null, null];
  const at = (flag: string, path: string | undefined): string =>
    path === undefined ? OWN_PROGRAM : programAt(flag, path);
  return [at('--lab-a', labA), at('--lab-b', labB)];
}

/** @throws LAB_ERR_USAGE for a side too few, or too many */
function flagsOf(
  a: string | undefined,
  b: string | undefined,
  { labA, labB }: AbOptions,
): readonly [string, string] {
  const isOfLabs = (labA ?? labB) !== undefined;
  if (isOfLabs && b !== undefined) {
    throw new LabError('LAB_ERR_USAGE', 'other flags and another lab are two differences at once', {
      hint: 'give one FLAGS for both checkouts, or two without --lab-a and --lab-b',
    });
  }
  if (isOfLabs) return [a ?? '', a ?? ''];
  if (a === undefined || b === undefined) {
    throw new LabError('LAB_ERR_USAGE', 'an A/B needs the flags of A and of B, or --lab-a', {
      hint: "quote each side: lab ab '--flush 0' '--flush 10ms'",
    });
  }
  return [a, b];
}
