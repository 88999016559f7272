/** An A/B from its plan to its exit code. */
import type { AnalyseOptions } from '../../bench/ab/analyse.js';
import { abDocument } from '../../bench/ab/assemble.js';
import { type AbPlan, type Arm, sessionSeconds } from '../../bench/ab/plan.js';
import type { AbPlanFile } from '../../bench/ab/plan-file.js';
import { type AbHooks, AbSession, type Measure } from '../../bench/ab/session.js';
import type { CellPlan } from '../../bench/config.js';
import type { RunHooks } from '../../bench/events.js';
import type { LabResult } from '../../bench/result/result.js';
import { plural } from '../../reports/model/cells.js';
import { LabError } from '../../src/errors.js';
import { labVersion } from '../../src/version.js';
import { inFlags } from '../args/flag-words.js';
import { EXIT_CODES } from '../exit-codes.js';
import { Exit, note, stdoutClosed } from '../output.js';
import { sayReading, tryFirst } from '../run/execute.js';
import { planOutput } from '../run/output-plan.js';
import { watchInterrupts } from '../signals.js';
import { etaText } from '../ui/progress.js';
import { AbFolder } from './folder.js';
import { exitCodeOf, type Gate } from './gates.js';
import { measureHere, measureThere, tryThere } from './measure.js';
import type { AbOutput } from './output.js';
import { deliver, saveFiles } from './output.js';
import { ofSide } from './sides.js';
import { AbWatch } from './watch.js';

export interface AbJob {
  readonly plan: AbPlan;
  readonly file: AbPlanFile;
  readonly options: AnalyseOptions;
  readonly gates: readonly Gate[];
  /** Parent of the folder; null = nothing is kept. */
  readonly directory: string | null;
  readonly quiet: boolean;
}

type Ended = NonNullable<LabResult['ended']>;

/**
 * Whatever ends it, what was measured is delivered. @throws what ended it; Exit after a second
 * Ctrl-C
 */
export async function runAb(job: AbJob, output: AbOutput): Promise<number> {
  const { plan, file, quiet } = job;
  await tryArms(job);
  if (!quiet) note(estimateText(plan));
  const watch = new AbWatch(plan, job.options.metrics, quiet);
  const interrupts = watchInterrupts((text) => watch.say(text));
  const { stop, kill } = interrupts;
  let folder: AbFolder | undefined;
  const session = new AbSession(
    plan,
    file.arms.map(({ command }) => command),
  );
  let isEmpty = true;
  try {
    if (job.directory !== null)
      folder = await AbFolder.open(job.directory, nameOf(file, plan), file, (text) =>
        watch.say(`lab: ${text}`),
      );
    const runHooks: RunHooks = {
      onEvent: (event) => watch.onEvent(event),
      stop: AbortSignal.any([stop, stdoutClosed]),
      kill,
    };
    const hooks: AbHooks = {
      stop: runHooks.stop,
      onStep: (...told) => watch.onStep(...told),
      onHead: (arm, head) => folder?.store(arm).onEvent({ type: 'ready', head }),
      onCell: (step, result) => {
        isEmpty = false;
        // On the disk before anybody hears of it.
        folder?.store(step.arm).onEvent({ type: 'cell-end', index: 0, total: null, result });
        watch.onCell(step, result);
      },
    };
    const failure = await session.run(measureOf(file, runHooks), hooks).then(
      () => undefined,
      (error: unknown) => (kill.aborted ? kill.reason : error) as unknown,
    );
    if (isEmpty) throw failure ?? stop.reason;
    const why = endedBy(failure);
    const results = plan.arms.map((_, arm) => session.resultOf(arm, why));
    for (const [arm, result] of results.entries()) endStore(folder, arm, result);
    watch.close();
    const document = abDocument(file, results, job.options, labVersion());
    if (folder !== undefined) await saveFiles(folder, file, document, results);
    await deliver(document, output, folder?.path ?? null);
    if (failure !== undefined) throw failure;
    if (stop.aborted) return EXIT_CODES.interrupted;
    return exitCodeOf(document, job.gates);
  } catch (error) {
    if (isEmpty) folder?.discard();
    kill.throwIfAborted();
    throw error;
  } finally {
    folder?.release();
    watch.close();
    interrupts.dispose();
  }
}

/** What can be known to fail, by side. */
async function tryArms({ plan: { arms, positions }, file, quiet }: AbJob): Promise<void> {
  for (const [i, { label, config }] of arms.entries()) {
    if (label === 'control') continue;
    const { program } = file.arms[i]!;
    try {
      if (program !== null) {
        for (const cells of positions) await tryThere(program, { label, config }, cells[i]!);
        continue;
      }
      const probe = await tryFirst(config);
      if (label === 'A') sayReading(probe, { ...planOutput({ save: false }), quiet });
    } catch (error) {
      throw error instanceof Exit ? error : ofSide(label, error);
    }
  }
}

export function estimateText(plan: AbPlan): string {
  const { arms, positions, blocks } = plan;
  const order = arms.length === 2 ? 'ABBA' : 'A, B, control and back';
  const cells = arms.length * 2 * positions.length;
  return `lab: ${plural(blocks, 'block')} of ${cells} cells (${order}), about ${etaText(sessionSeconds(plan))}`;
}

function measureOf(file: AbPlanFile, hooks: RunHooks): Measure {
  return async (arm: Arm, cell: CellPlan) => {
    const program = file.arms.find(({ label }) => label === arm.label)?.program ?? null;
    try {
      if (program === null) return await measureHere(arm, cell, hooks);
      hooks.onEvent({
        type: 'phase',
        phase: 'measure',
        joined: cell.clients,
        clients: cell.clients,
      });
      return await measureThere(program, arm, cell, hooks);
    } catch (error) {
      hooks.kill.throwIfAborted();
      // In its preflight.
      if (hooks.stop.aborted && error instanceof Exit) return null;
      throw ofSide(arm.label, error);
    }
  };
}

function endedBy(failure: unknown): Ended {
  if (failure === undefined) return { code: 'INTERRUPTED', message: 'it was stopped' };
  if (failure instanceof Exit) return { code: 'QUIT', message: 'it was quit by a signal' };
  const { code, message } = inFlags(LabError.from(failure));
  return { code, message };
}

/** As the last line of its cells says it. */
function endStore(folder: AbFolder | undefined, arm: number, result: LabResult | undefined): void {
  if (folder === undefined || result === undefined) return;
  const { duration_s, repeat, ended } = result;
  folder.store(arm).end({ duration_s, repeat, ...(ended === undefined ? {} : { ended }) });
}

/** `20251121-194502-ab-tcp-line-json`: when (UTC), and enough of what to find it again. */
function nameOf({ started_at }: AbPlanFile, { positions }: AbPlan): string {
  const time = started_at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const { transport, codec, clients } = positions[0]![0]!;
  return `${time}-ab-${transport}-${codec}-c${clients}`.replaceAll(/[^\w-]/g, '_');
}
