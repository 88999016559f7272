/** `lab search --resume FOLDER`: everything there is to know of the search, from its document. */
import { DEFAULT_CONFIG, type RunConfig } from '../../bench/config.js';
import { captureMachine } from '../../bench/probe/environment.js';
import type { SearchDocument } from '../../bench/search/document.js';
import { parseGoal } from '../../bench/search/objective.js';
import { planSearch, QUICK_WARMUP_MS } from '../../bench/search/plan.js';
import { LabError } from '../../src/errors.js';
import { labVersion } from '../../src/version.js';
import { configOf } from '../args/run-config.js';
import { note } from '../output.js';
import { runSearch, type SearchOutput } from './execute.js';
import { readSearch, SearchFolder } from './folder.js';

/**
 * @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_INVALID, LAB_ERR_RESULT_VERSION, LAB_ERR_RESUME
 */
export async function resumeSearch(path: string, output: SearchOutput): Promise<number> {
  await readSearch(path);
  const folder = SearchFolder.open(path);
  try {
    // Again, now that nobody else writes it.
    const document = await readSearch(path);
    await checkSameMachine(document);
    const { settings, quick, vary, combinations } = document;
    const said = settings['--warmup'];
    const config = { ...configOf(settings), ...warmupOf(said, quick), seed: document.seed };
    const plan = planSearch({
      config,
      axis: vary,
      timing: {
        initialS: document.initial_s,
        finalS: document.final_s,
        durationSumS: document.duration_sum_s,
        exceedRatio: document.exceed_ratio,
        width: document.width,
      },
      goals: document.goals.map(({ expression }) => parseGoal('--slo', expression)),
      quick,
    });
    if (plan.combinations.length !== combinations.length)
      throw refusal('its settings make another number of combinations here');
    const trials = combinations.reduce((sum, one) => sum + one.trials.length, 0);
    if (!output.quiet) note(`lab: resuming ${path}: ${trials} trials measured`);
    const { command, started_at: startedAt, duration_s: secondsBefore } = document;
    return await runSearch(
      {
        ...{ plan, settings, command, startedAt, secondsBefore, earlier: combinations },
        isWarmupSaid: said !== undefined,
      },
      { folder },
      output,
    );
  } finally {
    folder.release();
  }
}

/** Loads of two machines are not two sides of one bound. @throws LAB_ERR_RESUME */
async function checkSameMachine({ machine, tool }: SearchDocument): Promise<void> {
  const now = await captureMachine();
  const differing = [
    ['the lab', tool.version, labVersion()],
    ['the commit of the lab', machine?.git, now.git],
    ['Node', machine?.node, now.node],
    ['the kernel', machine?.kernel, now.kernel],
    ['the CPU', machine?.cpu, now.cpu],
    ['the number of cores', machine?.cores, now.cores],
  ].find(([, before, here]) => before !== here);
  if (differing === undefined) return;
  const [what, before, here] = differing;
  throw refusal(`${what} was ${before ?? 'not known'}, and is ${here ?? 'not known'} here`);
}

function refusal(why: string): LabError {
  return new LabError('LAB_ERR_RESUME', `the search cannot go on: ${why}`, {
    hint: 'search again from the beginning, without --resume',
  });
}

/** The warm-up of a search that goes on: what was said, or what holds without. */
function warmupOf(said: string | undefined, quick: boolean): Partial<RunConfig> {
  if (said !== undefined) return {};
  return { warmupMs: quick ? QUICK_WARMUP_MS : DEFAULT_CONFIG.warmupMs };
}
