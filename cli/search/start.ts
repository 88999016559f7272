/** A search from the flags of `lab search`: what is searched, or goes on. */
import type { RunConfig } from '../../bench/config.js';
import type { Axis, SearchDocument } from '../../bench/search/document.js';
import type { Timing } from '../../bench/search/mlr/goal.js';
import type { Goal } from '../../bench/search/objective.js';
import {
  DEFAULT_TIMING,
  planSearch,
  QUICK_TIMING,
  QUICK_WARMUP_MS,
  type SearchPlan,
} from '../../bench/search/plan.js';
import { renderSearchMarkdown } from '../../reports/search/markdown.js';
import { LabError } from '../../src/errors.js';
import { durationText } from '../../src/options/value-text.js';
import { badValue } from '../../src/options/values.js';
import { runConfig, settingsOf, shellWord } from '../args/run-config.js';
import { checkDirectory, checkExport } from '../files/check-files.js';
import { print, stdoutStyle, stdoutWidth } from '../output.js';
import { type DocumentOptions, planDocument } from '../report/document-output.js';
import { runSearch, type SearchOutput } from './execute.js';
import { planText } from './plan-text.js';
import { resumeSearch } from './resume.js';
import { renderSearch } from './table.js';

const DEFAULT_DIRECTORY = 'lab-results';

export type SearchOptions = DocumentOptions & {
  readonly slo?: readonly Goal[];
  readonly vary?: Axis;
  readonly quick?: boolean;
  readonly initial?: number;
  readonly final?: number;
  readonly sum?: number;
  readonly exceed?: number;
  readonly width?: number;
  readonly resume?: string;
  readonly dryRun?: boolean;
  readonly output?: string;
  readonly save: boolean;
  readonly quiet?: boolean;
};

/**
 * @param keys of the options that are parts of a configuration
 * @param supplied the arguments as given, for the record
 * @returns the exit code
 */
export async function search(
  options: SearchOptions,
  keys: readonly string[],
  supplied: readonly string[],
): Promise<number> {
  const output: SearchOutput = {
    ...planDocument<SearchDocument>(
      options,
      (document) => renderSearch(document, stdoutWidth(), stdoutStyle()),
      renderSearchMarkdown,
    ),
    quiet: options.quiet === true,
  };
  for (const { flag, path } of output.files) await checkExport(flag, path);
  if (options.resume !== undefined) return resumeSearch(options.resume, output);
  const given = options as unknown as Readonly<Record<string, Partial<RunConfig> | undefined>>;
  const parts = keys.map((key) => given[key]).filter((part) => part !== undefined);
  const plan = planOf(options, parts);
  if (options.dryRun === true) {
    await print(planText(plan));
    return 0;
  }
  const directory = options.save ? (options.output ?? DEFAULT_DIRECTORY) : null;
  if (directory !== null) await checkDirectory('-o/--output', directory);
  const isWarmupSaid = parts.some(({ warmupMs }) => warmupMs !== undefined);
  const { '--warmup': warmup = '', ...settings } = settingsOf(plan.config);
  const job = {
    plan,
    isWarmupSaid,
    settings: isWarmupSaid ? { ...settings, '--warmup': warmup } : settings,
    command: ['lab', ...supplied.map(shellWord)].join(' '),
    startedAt: new Date().toISOString(),
  };
  return runSearch(job, { directory }, output);
}

function planOf(options: SearchOptions, parts: readonly Partial<RunConfig>[]): SearchPlan {
  const { slo: goals = [], vary: axis = 'rate', quick = false } = options;
  if (goals.length === 0) {
    throw new LabError('LAB_ERR_USAGE', 'a search needs an objective: --slo is not given', {
      hint: "say what must hold: lab search --slo 'p99<50ms,loss=0'",
    });
  }
  const twice = goals.find(({ expression }, i) =>
    goals.slice(0, i).some((other) => other.expression === expression),
  );
  if (twice !== undefined)
    throw badValue('--slo', twice.expression, 'is given twice', 'give each goal once');
  const preset = quick ? [{ warmupMs: QUICK_WARMUP_MS }] : [];
  const config = runConfig(parts, preset);
  return planSearch({ config, axis, timing: timingOf(options), goals, quick });
}

/** @throws LAB_ERR_BAD_VALUE */
function timingOf({ quick, initial, final, sum, exceed, width }: SearchOptions): Timing {
  const usual = quick === true ? QUICK_TIMING : DEFAULT_TIMING;
  const finalS = final ?? usual.finalS;
  const timing = {
    initialS: initial ?? Math.min(usual.initialS, finalS),
    finalS,
    durationSumS: sum ?? (finalS * usual.durationSumS) / usual.finalS,
    exceedRatio: exceed ?? usual.exceedRatio,
    width: width ?? usual.width,
  };
  const text = (seconds: number): string => durationText(seconds * 1_000);
  if (timing.initialS > finalS)
    throw badValue(
      '--initial',
      text(timing.initialS),
      `is above --final ${text(finalS)}`,
      'trials that look for the place are no longer than those that decide',
    );
  if (timing.durationSumS < finalS)
    throw badValue(
      '--sum',
      text(timing.durationSumS),
      `is below --final ${text(finalS)}`,
      'give as much as one trial takes, or several times that',
    );
  return timing;
}
