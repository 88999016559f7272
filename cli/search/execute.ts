/** A search from its plan to its exit code. */
import type { RunConfig } from '../../bench/config.js';
import type { RunHooks } from '../../bench/events.js';
import { captureMachine } from '../../bench/probe/environment.js';
import type { CellResult } from '../../bench/result/result.js';
import { searchDocument } from '../../bench/search/assemble.js';
import type { SearchDocument, SearchMachine } from '../../bench/search/document.js';
import { type SearchPlan, trialConfig } from '../../bench/search/plan.js';
import {
  type CombinationRecord,
  type MeasureTrial,
  SearchSession,
  type SessionHooks,
} from '../../bench/search/session.js';
import { secondsLeft } from '../../bench/search/time-left.js';
import { LabError } from '../../src/errors.js';
import { labVersion } from '../../src/version.js';
import { inFlags } from '../args/flag-words.js';
import { withLongWarmup } from '../args/length/long-warmup.js';
import { shellWord } from '../args/run-config.js';
import { EXIT_CODES } from '../exit-codes.js';
import { writeExport } from '../files/whole-files.js';
import { Exit, note, print, stdoutClosed } from '../output.js';
import type { DocumentOutput } from '../report/document-output.js';
import { cellInFlags } from '../run/cell-in-flags.js';
import { sayReading, tryFirst } from '../run/execute.js';
import { planOutput } from '../run/output-plan.js';
import { watchInterrupts } from '../signals.js';
import { SearchFolder } from './folder.js';
import { estimateText } from './plan-text.js';
import { SearchWatch } from './watch.js';

export type SearchOutput = DocumentOutput<SearchDocument> & { readonly quiet: boolean };

export interface SearchJob {
  readonly plan: SearchPlan;
  /** Where nobody said how long to warm up, many deliveries make that longer. */
  readonly isWarmupSaid: boolean;
  /** Each by the long name of its flag, so that the search can go on. */
  readonly settings: Readonly<Record<string, string>>;
  readonly command: string;
  readonly startedAt: string;
  /** Of a search that goes on. */
  readonly earlier?: readonly Pick<CombinationRecord, 'trials' | 'profile'>[];
  readonly secondsBefore?: number;
}

/** Where it is kept: a new folder below this one, nowhere, or the folder that it goes on in. */
type Kept = { readonly directory: string | null } | { readonly folder: SearchFolder };

/**
 * Whatever ends it, what was measured is delivered. @throws what ended it; Exit after a second
 * Ctrl-C
 */
export async function runSearch(job: SearchJob, kept: Kept, output: SearchOutput): Promise<number> {
  const { plan } = job;
  const { quiet } = output;
  const [first] = plan.combinations;
  const begin = { load: plan.range.start, phase: 'initial', number: 0 } as const;
  // All transports, codecs and links at once: whatever is wrong with one is known now.
  const { ratesPerSecond, clients, sizesBytes } = trialConfig(plan, first!, begin);
  const starting = { ...plan.config, ratesPerSecond, clients, sizesBytes };
  sayReading(await tryFirst(starting), { ...planOutput({ save: false }), quiet });
  const session = new SearchSession(plan, job.earlier, job.secondsBefore);
  if (!quiet) note(estimateText(plan, secondsLeft(plan, session.records)));
  const machine = await machineHere();
  const watch = new SearchWatch(session, quiet);
  const interrupts = watchInterrupts((text) => watch.say(text));
  const { stop, kill } = interrupts;
  const runHooks: RunHooks = {
    onEvent: (event) => watch.onEvent(event),
    stop: AbortSignal.any([stop, stdoutClosed]),
    kill,
  };
  let folder: SearchFolder | undefined;
  let measured = 0;
  const documentNow = (ended: SearchDocument['ended']): SearchDocument =>
    searchDocument(plan, session.records, {
      ...{ version: labVersion(), startedAt: job.startedAt, durationS: session.seconds },
      ...{ command: job.command, settings: job.settings, machine, ended },
    });
  try {
    folder = openFolder(kept, job);
    const hooks: SessionHooks = {
      stop: runHooks.stop,
      onStep: (step) => watch.onStep(step),
      onTrial: async (step, trial) => {
        measured += 1;
        // On the disk before anybody hears of it.
        await keepNow(folder, documentNow(RUNNING), watch);
        watch.onTrial(step, trial);
      },
    };
    const failure = await session.run(measureWith(job, runHooks), hooks).then(
      () => undefined,
      (error: unknown) => (kill.aborted ? kill.reason : error) as unknown,
    );
    const isEmpty = session.records.every(({ trials }) => trials.length === 0);
    if (isEmpty) throw failure ?? stop.reason;
    watch.close();
    const document = documentNow(endedBy(failure, runHooks.stop.aborted));
    await folder?.save(document);
    for (const { flag, path, render } of output.files)
      await writeExport(flag, path, render(document));
    await print(output.stdout(document));
    if (!quiet && folder !== undefined) sayKept(folder, document);
    if (failure !== undefined) throw failure;
    if (stop.aborted) return EXIT_CODES.interrupted;
    return exitCodeOf(document);
  } catch (error) {
    if (measured === 0) folder?.discard();
    kill.throwIfAborted();
    throw error;
  } finally {
    folder?.release();
    watch.close();
    interrupts.dispose();
  }
}

function openFolder(kept: Kept, { plan, startedAt }: SearchJob): SearchFolder | undefined {
  if ('folder' in kept) return kept.folder;
  const { directory } = kept;
  return directory === null
    ? undefined
    : SearchFolder.create(directory, folderName(plan, startedAt));
}

/** A disk that is full costs the file, and not the search. */
async function keepNow(
  folder: SearchFolder | undefined,
  document: SearchDocument,
  watch: SearchWatch,
): Promise<void> {
  try {
    await folder?.keep(document);
  } catch (error) {
    watch.say(`lab: ${LabError.from(error).message}; the search goes on`);
  }
}

/** @throws what `runMatrix` throws, in the words of a command line */
function measureWith({ isWarmupSaid }: SearchJob, hooks: RunHooks): MeasureTrial {
  return async (asked: RunConfig): Promise<CellResult | null> => {
    const { runMatrix } = await import('../../bench/run/runner.js');
    const config = isWarmupSaid ? asked : withLongWarmup(asked);
    try {
      const result = await runMatrix(config, { command: '', supplied: [] }, hooks);
      const [cell] = result.cells;
      const isCut = cell?.verdict.reasons.some(({ code }) => code === 'INTERRUPTED') ?? true;
      return cell === undefined || isCut ? null : cellInFlags(cell);
    } catch (error) {
      hooks.kill.throwIfAborted();
      // In its preflight.
      if (hooks.stop.aborted && error instanceof Exit) return null;
      throw error instanceof Exit ? error : inFlags(LabError.from(error));
    }
  };
}

async function machineHere(): Promise<SearchMachine> {
  const { os, kernel, cpu, cores, memory_bytes, node, git } = await captureMachine();
  return { os, kernel, cpu, cores, memory_bytes, node, git };
}

/** Of the document while it runs: found like this, nothing said how it ended. */
const RUNNING = {
  code: 'LOST',
  message: 'nothing says how it ended: it was killed, or the machine went down',
} as const;

function endedBy(failure: unknown, isStopped: boolean): SearchDocument['ended'] {
  if (failure === undefined)
    return isStopped ? { code: 'INTERRUPTED', message: 'it was stopped before its end' } : null;
  if (failure instanceof Exit) return { code: 'QUIT', message: 'it was quit by a signal' };
  const { code, message } = LabError.from(failure);
  return { code, message };
}

function sayKept({ path }: SearchFolder, { incomplete }: SearchDocument): void {
  note(`lab: kept in ${path}`);
  if (incomplete) note(`lab: to go on with it: lab search --resume ${shellWord(path)}`);
}

function exitCodeOf({ incomplete, combinations }: SearchDocument): number {
  const statuses = combinations.flatMap(({ answers }) => answers.map(({ status }) => status));
  if (statuses.includes('unmet')) return EXIT_CODES.gateBroken;
  return incomplete || statuses.includes('instrument') ? EXIT_CODES.incomplete : EXIT_CODES.ok;
}

/** `20251121-194502-search-rate-tcp-udp`: when (UTC), and enough of what to find it again. */
function folderName({ axis, combinations }: SearchPlan, startedAt: string): string {
  const time = startedAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const transports = [...new Set(combinations.map(({ transport }) => transport))].join('-');
  return `${time}-search-${axis}-${transports}`.replaceAll(/[^\w-]/g, '_').slice(0, 80);
}
