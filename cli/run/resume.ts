/** `lab run --resume FOLDER`: everything there is to know of the run, from the folder alone. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CellPlan, RunConfig } from '../../bench/config.js';
import { CELLS_FILE, type CellsLine } from '../../bench/result/cells-file.js';
import type { FoldedRun } from '../../bench/result/fold-cells.js';
import { cellsLines } from '../../bench/result/read-cells.js';
import type { LabResult } from '../../bench/result/result.js';
import {
  cellsToGo,
  checkSamePlace,
  type Earlier,
  endOfComplete,
  measuredCells,
} from '../../bench/run/resume.js';
import { checkThresholds, type Threshold } from '../../bench/verdict/threshold.js';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { configOf } from '../args/run-config.js';
import { explained } from '../files/export-error.js';
import { foldedRun, readText, statsOf, thresholdsOf } from '../files/result-file.js';
import { located } from '../files/working-folder.js';
import { RunLock } from './lock.js';
import { deliver } from './output.js';
import type { OutputPlan } from './output-plan.js';
import { RunStore } from './store.js';

const FLAG = '--resume';

/** A run that goes on. Its folder is locked until its store is released. */
export interface ResumedRun {
  readonly config: RunConfig;
  readonly thresholds: readonly Threshold[];
  readonly earlier: Earlier;
  /** The cells that are certain to be measured; none = it is complete. */
  readonly cells: readonly CellPlan[];
  readonly store: RunStore;
  /** What it will do. */
  readonly sentence: string;
}

/**
 * @param say what to do with a sentence about the file
 * @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_INVALID, LAB_ERR_RESULT_VERSION, LAB_ERR_RESUME
 */
export async function openRun(given: string, say: (text: string) => void): Promise<ResumedRun> {
  const folder = located(given);
  const path = join(given, CELLS_FILE);
  if (statsOf(join(folder, CELLS_FILE))?.isFile() !== true) {
    throw new LabError('LAB_ERR_RESULT_UNREADABLE', `${quoted(given)} holds no ${CELLS_FILE}`, {
      hint: `give the folder of a run: lab run ${FLAG} lab-results/…`,
    });
  }
  const lock = lockOf(folder, given);
  try {
    const text = await readText(path);
    const folded = foldedRun(path, text);
    const { config, thresholds } = planIn(path, given, folded);
    await checkSamePlace(folded.fold.head, config);
    const kept = measuredCells(folded.fold.cells, config);
    const cells = cellsToGo(config, kept);
    const { lines, written, chars } = wholeLines(text);
    const bytes = Buffer.byteLength(text.slice(0, chars));
    const torn = Buffer.byteLength(text) - bytes;
    if (lines.length === written && torn > 0)
      say(`the last line of ${quoted(path)} was cut off while it was written; it is left out`);
    const seconds = folded.end.duration_s;
    const parent = dirname(basename(given) === basename(folder) ? given : folder);
    const store = new RunStore(FLAG, parent, basename(folder), say, {
      ...{ lock, lines, written, bytes, seconds },
    });
    return {
      config,
      thresholds,
      earlier: folded,
      cells,
      store,
      sentence: `resuming ${given}: ${progressOf(config, kept.size, cells.length)}`,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockOf(folder: string, given: string): RunLock {
  try {
    readdirSync(folder);
    return new RunLock(folder, given);
  } catch (error) {
    throw explained('LAB_ERR_EXPORT_FAILED', FLAG, given, error);
  }
}

function planIn(
  path: string,
  given: string,
  { fold, thresholds }: FoldedRun,
): Pick<ResumedRun, 'config' | 'thresholds'> {
  const { plan, command } = fold.head;
  if (plan === undefined) {
    throw new LabError(
      'LAB_ERR_RESUME',
      `${quoted(given)} does not say all of its settings: an earlier lab began that run`,
      { hint: `run it again: ${command}` },
    );
  }
  try {
    return { config: configOf(plan.settings), thresholds: thresholdsOf(path, thresholds) };
  } catch (error) {
    const { message } = LabError.from(error);
    throw new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)}: ${message}`, {
      hint: `run it again: ${command}`,
      cause: error,
    });
  }
}

interface WholeLines {
  readonly lines: CellsLine[];
  /** Lines with a line end, and the characters up to there. */
  readonly written: number;
  readonly chars: number;
}

function wholeLines(text: string): WholeLines {
  const lines: CellsLine[] = [];
  const all = cellsLines(text);
  for (;;) {
    const { done, value } = all.next();
    if (done !== true) {
      lines.push(value[1]);
      continue;
    }
    // The last one may be whole but for its line end.
    const chars = text.lastIndexOf('\n', value - 1) + 1;
    return { lines, written: lines.length - (chars < value ? 1 : 0), chars };
  }
}

function progressOf(config: RunConfig, kept: number, toGo: number): string {
  if (toGo === 0) return `all ${kept} cells measured, nothing to go`;
  if (config.repeat === 'auto') return `${kept} cells measured, at least ${toGo} to go`;
  return `${kept} of ${kept + toGo} cells measured, ${toGo} to go`;
}

/**
 * What a run leaves that has every cell: its files again, should they be missing, and what was
 * asked for.
 * @throws what `deliver` throws
 */
export async function deliverComplete(
  { config, thresholds, earlier, store }: ResumedRun,
  output: OutputPlan,
): Promise<LabResult> {
  const { fold, end: known } = earlier;
  const end = endOfComplete(config, measuredCells(fold.cells, config), known.duration_s);
  // Killed after its last cell, it could not say that this was the last.
  if (!isDeepStrictEqual(end, known)) store.end(end);
  const result = fold.result(end);
  const judged = { ...result, thresholds: checkThresholds(thresholds, result.cells) };
  await deliver(judged, output, store);
  return judged;
}
