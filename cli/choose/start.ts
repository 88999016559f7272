/** From the flags of `lab choose` to its exit code. */
import { chooseFrom } from '../../bench/choose/choose.js';
import type { Question } from '../../bench/choose/question/question.js';
import type { Input } from '../../bench/compare/sides.js';
import type { Stack } from '../../bench/config.js';
import { inPlanOrder } from '../../reports/model/cells.js';
import { LabError } from '../../src/errors.js';
import { labVersion } from '../../src/version.js';
import { reproduction, shellWord } from '../args/run-config.js';
import { EXIT_CODES } from '../exit-codes.js';
import { jsonText, note, print } from '../output.js';
import type { DocumentOptions } from '../report/document-output.js';
import { etaText } from '../ui/progress.js';
import { askedOf } from './asked.js';
import { askQuestion, confirm, type Terminal } from './dialogue.js';
import { measurePlan, runText } from './measure.js';
import { measureCommand } from './measure-command.js';
import { type ChooseOutput, checkFolder, deliver, planChooseOutput } from './output.js';
import { type ChoosePlan, type PlanOptions, planChoice } from './plan.js';
import { readQuestion } from './question-file.js';
import type { AskedPart } from './question-flags.js';
import { readSources, type Sources } from './sources.js';
import { isInteractive, withTerminal } from './terminal.js';

const DEFAULT_DIRECTORY = 'lab-results';

export type ChooseCommandOptions = DocumentOptions & {
  readonly yaml?: string;
  readonly from?: readonly string[];
  readonly stack?: readonly Stack[];
  readonly symbols?: number;
  /** Seconds. */
  readonly time?: number;
  readonly quick?: boolean;
  readonly dryRun?: boolean;
  readonly output?: string;
  readonly save: boolean;
  readonly quiet?: boolean;
} & Readonly<Record<string, unknown>>;

/** @param keys of the options that are parts of the question */
export async function choose(
  file: string | undefined,
  keys: readonly string[],
  options: ChooseCommandOptions,
  supplied: readonly string[],
): Promise<number> {
  const flags = keys.map((key) => options[key] as AskedPart | undefined);
  const given = flags.filter((part) => part !== undefined);
  const output = await planChooseOutput(options);
  checkSaving(options);
  const { from } = options;
  const parts = [...(await fileParts(file, options.yaml)), ...given];
  if (from !== undefined) {
    refuseMeasuring(options);
    await checkFolder(options.output ?? null);
    const { question } = askedOf(parts);
    return answer(await readSources(from), question, output, options.output ?? null);
  }
  if (parts.length > 0 || !isInteractive())
    return measureAndAnswer(parts, options, output, supplied);
  // The terminal is given back before anything is measured: Ctrl-C is for the run then.
  const asked = await withTerminal((terminal) => byDialogue(terminal, options));
  if (asked === null) return EXIT_CODES.ok;
  return measureAndAnswer(asked.parts, { ...options, quick: asked.quick }, output, supplied);
}

/** @throws LAB_ERR_USAGE for two files */
async function fileParts(file: string | undefined, yaml: string | undefined): Promise<AskedPart[]> {
  if (file !== undefined && yaml !== undefined) {
    throw new LabError('LAB_ERR_USAGE', 'two files hold a question', {
      hint: 'give one: lab choose question.yaml',
    });
  }
  const path = file ?? yaml;
  return path === undefined ? [] : readQuestion(path);
}

function checkSaving({ save, output }: ChooseCommandOptions): void {
  if (save || output === undefined) return;
  throw new LabError('LAB_ERR_NO_EFFECT', '--output has no effect beside --no-save', {
    hint: 'leave one of them out',
  });
}

/** What says how to measure has no meaning where nothing is measured. */
const MEASURING = ['stack', 'symbols', 'time', 'quick', 'dryRun'] as const;

function refuseMeasuring(options: ChooseCommandOptions): void {
  const name = MEASURING.find((one) => options[one] !== undefined);
  if (name === undefined) return;
  const flag = `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  throw new LabError('LAB_ERR_NO_EFFECT', `${flag} has no effect with --from: all is measured`, {
    hint: `leave ${flag} out, or measure anew without --from`,
  });
}

function planOptions(options: ChooseCommandOptions, deadlineMs: number | null): PlanOptions {
  const { quick, stack, symbols, time } = options;
  return {
    quick: quick ?? false,
    deadlineMs,
    stacks: stack ?? null,
    symbols: symbols ?? null,
    seconds: time ?? null,
  };
}

async function measureAndAnswer(
  parts: readonly AskedPart[],
  options: ChooseCommandOptions,
  output: ChooseOutput,
  supplied: readonly string[],
): Promise<number> {
  const { question, deadlineMs } = askedOf(parts);
  const plan = planChoice(question, planOptions(options, deadlineMs));
  if (options.dryRun === true) return sayPlan(plan, output);
  const parent = options.save ? (options.output ?? DEFAULT_DIRECTORY) : null;
  await checkFolder(parent);
  const { inputs, folder, interrupted } = await measurePlan(plan, parent, output.quiet, supplied);
  // What the plan did not say is the default of a run.
  const { config } = plan.runs[0]!;
  const whole = { ...question, sizeBytes: config.sizesBytes[0]!, links: config.links };
  const answered = answer({ inputs, capacities: [] }, whole, output, folder);
  if (!interrupted) return answered;
  // What there is may be too little for an answer; the runs are kept.
  await answered.catch((error: unknown) => note(`lab: no answer: ${LabError.from(error).message}`));
  return EXIT_CODES.interrupted;
}

async function answer(
  { inputs, capacities }: Sources,
  question: Question,
  output: ChooseOutput,
  folder: string | null,
): Promise<number> {
  const ordered = inputs.map(({ name, result }): Input => ({ name, result: inPlanOrder(result) }));
  const { command } = ordered[0]!.result;
  const document = chooseFrom(ordered, question, {
    version: labVersion(),
    capacities,
    commandOf: (experiment) => measureCommand(command, experiment),
  });
  return deliver(document, output, folder);
}

/** What would be measured, and for how long. */
async function sayPlan({ runs, seconds }: ChoosePlan, output: ChooseOutput): Promise<number> {
  if (output.isJson) {
    const all = runs.map(({ about, config }) => ({ about, command: reproduction(config) }));
    await print(jsonText({ estimate_s: Math.round(seconds), runs: all }));
    return EXIT_CODES.ok;
  }
  const lines = runs.flatMap((one) => [runText(one), `  ${reproduction(one.config)}`]);
  await print(`${lines.join('\n')}\nabout ${etaText(seconds)} in all\n`);
  return EXIT_CODES.ok;
}

/** Null when nothing is to be measured. */
async function byDialogue(
  terminal: Terminal,
  options: ChooseCommandOptions,
): Promise<{ readonly parts: readonly AskedPart[]; readonly quick: boolean } | null> {
  const { parts, words } = await askQuestion(terminal);
  const isSaid = options.quick !== undefined || options.time !== undefined;
  const quick = isSaid
    ? (options.quick ?? false)
    : !(await confirm(terminal, 'Measure for half an hour (else 5 min)?'));
  const { question, deadlineMs } = askedOf(parts);
  const { seconds } = planChoice(question, planOptions({ ...options, quick }, deadlineMs));
  const flags = words.flatMap(([flag, value]) =>
    value === '' ? [flag] : [flag, shellWord(value)],
  );
  note(`lab: the same as: lab choose ${[...flags, ...(quick ? ['--quick'] : [])].join(' ')}`);
  if (options.dryRun === true) return { parts, quick };
  const goes = await confirm(terminal, `Measure now, for about ${etaText(seconds)}?`);
  return goes ? { parts, quick } : null;
}
