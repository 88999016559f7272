/** A run from its configuration to its exit code. */
import type { RunConfig } from '../../bench/config.js';
import type { RunEvent } from '../../bench/events.js';
import type { RunEnd } from '../../bench/result/cells-file.js';
import type { LabResult } from '../../bench/result/result.js';
import { planCells } from '../../bench/run/matrix.js';
import type { Probe } from '../../bench/run/preflight.js';
import type { Earlier } from '../../bench/run/resume.js';
import { checkThresholds, type Threshold } from '../../bench/verdict/threshold.js';
import { LabError } from '../../src/errors.js';
import { readingText } from '../../src/sources/reading.js';
import { flagWords, inFlags } from '../args/flag-words.js';
import { reproduction, settingsOf, shellWord } from '../args/run-config.js';
import { EXIT_CODES } from '../exit-codes.js';
import { Exit, note, stdoutClosed } from '../output.js';
import { watchInterrupts } from '../signals.js';
import { cellInFlags } from './cell-in-flags.js';
import { openRunLive } from './live.js';
import { RunProgress } from './measured.js';
import { deliver, openStore } from './output.js';
import { checkOutput, hasFiles, type OutputPlan } from './output-plan.js';
import type { RunStore } from './store.js';
import { watchRun } from './watch.js';

/**
 * Whatever can be known to fail. @throws what is wrong; Exit as soon as a signal comes, for there
 * is nothing to report yet
 */
export async function tryFirst(config: RunConfig): Promise<Probe> {
  const { preflight } = await import('../../bench/run/runner.js');
  const interrupts = watchInterrupts(() => {});
  const { stop } = interrupts;
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
  });
  try {
    return await Promise.race([preflight(config, stop), stopped]);
  } finally {
    interrupts.dispose();
  }
}

/** @throws what `openRun` and `run` throw */
export async function resume(
  folder: string,
  output: OutputPlan,
  supplied: readonly string[],
): Promise<number> {
  const { openRun, deliverComplete } = await import('./resume.js');
  await checkOutput(output);
  const resumed = await openRun(folder, (text) => note(`lab: ${text}`));
  try {
    if (!output.quiet) note(`lab: ${resumed.sentence}`);
    if (resumed.cells.length > 0) return await run(resumed, output, supplied);
    return exitCodeOf(await deliverComplete(resumed, output));
  } finally {
    resumed.store.release();
  }
}

/** What is measured, and what must hold of it. */
interface Job {
  readonly config: RunConfig;
  readonly thresholds: readonly Threshold[];
  /** Of a run that is resumed. */
  readonly earlier?: Earlier;
  readonly store?: RunStore;
}

/**
 * Whatever ends it, the cells that were over are delivered.
 * @param deliverTo what becomes of the result, where it is a part of something else
 * @throws Exit after a second Ctrl-C, or when nobody reads the stream any more; what ended the run
 */
export async function run(
  { config, thresholds, earlier, store: kept }: Job,
  output: OutputPlan,
  supplied: readonly string[],
  deliverTo: typeof deliver = deliver,
): Promise<number> {
  planCells(config);
  await checkOutput(output);
  sayReading(await tryFirst(config), output);
  const { runMatrix } = await import('../../bench/run/runner.js');
  const progress = new RunProgress(earlier);
  const live =
    output.live === null
      ? undefined
      : await openRunLive(output.live, config, progress, earlier?.fold.cells ?? [], output.quiet);
  const watch = watchRun(config, output);
  // Until everything is written: a second Ctrl-C must not tear a file.
  const interrupts = watchInterrupts((text) => watch.say(text));
  // When nobody reads stdout any more, files may still be wanted; without any, nothing is.
  const stop = AbortSignal.any([interrupts.stop, stdoutClosed]);
  const kill =
    hasFiles(output) || kept !== undefined
      ? interrupts.kill
      : AbortSignal.any([interrupts.kill, stdoutClosed]);
  let store = kept;
  try {
    const said = thresholds.map(({ expression }) => expression);
    store ??= openStore(output, config, (text) => watch.say(`lab: ${text}`));
    const onEvent = (told: RunEvent): void => {
      const event = eventInFlags(told);
      // On the disk before anybody hears of it.
      store?.onEvent(event);
      progress.onEvent(event);
      watch.onEvent(event);
      live?.onEvent(event);
    };
    const context = {
      command: reproduction(config),
      supplied,
      thresholds: said,
      settings: settingsOf(config),
    };
    const hooks = { onEvent, stop, kill };
    const {
      result: measured,
      end,
      failure,
    } = await runMatrix(config, context, hooks, earlier).then(wholeRun, (error: unknown) =>
      partOfRun(progress, kill.aborted ? kill.reason : error),
    );
    store?.end(end);
    const result = { ...measured, thresholds: checkThresholds(thresholds, measured.cells) };
    watch.close();
    await deliverTo(result, output, store);
    await live?.finish(result, store?.path);
    if (result.ended !== undefined && store !== undefined && !output.quiet)
      note(`lab: to go on with it: lab run --resume ${shellWord(store.path)}`);
    if (failure !== undefined) throw failure;
    if (interrupts.stop.aborted) return EXIT_CODES.interrupted;
    return exitCodeOf(result);
  } catch (error) {
    if (progress.isEmpty) store?.discard();
    // Whatever breaks after a kill broke because of it.
    kill.throwIfAborted();
    throw error;
  } finally {
    await live?.finish(undefined, undefined);
    store?.release();
    watch.close();
    interrupts.dispose();
  }
}

function exitCodeOf({ thresholds, incomplete, cells }: LabResult): number {
  if (thresholds.some(({ passed }) => !passed)) return EXIT_CODES.gateBroken;
  return incomplete || cells.some(isBad) ? EXIT_CODES.incomplete : 0;
}

interface Outcome {
  readonly result: LabResult;
  readonly end: RunEnd;
  /** What ended the run before its end. */
  readonly failure?: unknown;
}

function wholeRun(result: LabResult): Outcome {
  const { duration_s, repeat, ended } = result;
  return {
    result: { ...result, cells: result.cells.map(cellInFlags) },
    end: { duration_s, repeat, ...(ended === undefined ? {} : { ended }) },
  };
}

/** @throws `failure` when no cell was over */
function partOfRun(progress: RunProgress, failure: unknown): Outcome {
  const { code, message } = inFlags(LabError.from(failure));
  const ended =
    failure instanceof Exit
      ? { code: 'QUIT', message: 'the run was quit by a signal' }
      : { code, message };
  const part = progress.part(ended);
  if (part === undefined) throw failure;
  return { ...part, failure };
}

/**
 * What a recording was taken for: a column that is not the one meant should be seen before the
 * figures are.
 */
export function sayReading({ reading, notices = [] }: Probe, { quiet }: OutputPlan): void {
  if (reading === undefined || quiet) return;
  note(`lab: recording: ${readingText(reading)}`);
  for (const notice of notices) note(`lab: ${flagWords(notice)}`);
}

function eventInFlags(event: RunEvent): RunEvent {
  return event.type === 'cell-end' || event.type === 'cell-measured'
    ? { ...event, result: cellInFlags(event.result) }
    : event;
}

function isBad({ verdict, incomplete }: LabResult['cells'][number]): boolean {
  return incomplete || verdict.status === 'INVALID';
}
