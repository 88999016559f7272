/**
 * The folder of an A/B: its plan, and a folder for each arm in which every cell is as soon as it is
 * over. What is there when the session dies can be analysed.
 */
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ArmResults } from '../../bench/ab/assemble.js';
import { type AbPlanFile, PLAN_FILE, planFileSchema } from '../../bench/ab/plan-file.js';
import { CELLS_FILE } from '../../bench/result/cells-file.js';
import { firstFault } from '../../bench/result/check.js';
import type { LabResult } from '../../bench/result/result.js';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { readResult, readText } from '../files/result-file.js';
import { claimDirectory, writeFiles } from '../files/whole-files.js';
import { jsonText } from '../output.js';
import { RunStore } from '../run/store.js';

const FLAG = '-o/--output';

export class AbFolder {
  readonly path: string;
  readonly #parent: string;
  readonly #madeParent: boolean;
  readonly #stores: readonly RunStore[];

  /** @throws LAB_ERR_EXPORT_FAILED */
  static async open(
    parent: string,
    name: string,
    plan: AbPlanFile,
    say: (text: string) => void,
  ): Promise<AbFolder> {
    const madeParent = !existsSync(parent);
    const path = claimDirectory(FLAG, parent, name);
    await writeFiles(FLAG, path, new Map([[PLAN_FILE, jsonText(plan)]]));
    return new AbFolder(parent, join(parent, basename(path)), madeParent, plan, say);
  }

  private constructor(
    parent: string,
    path: string,
    madeParent: boolean,
    plan: AbPlanFile,
    say: (text: string) => void,
  ) {
    this.#parent = parent;
    this.path = path;
    this.#madeParent = madeParent;
    this.#stores = plan.arms.map(({ folder }) => new RunStore(FLAG, path, folder, say));
  }

  /** Of the arm: what it appends its cells to. */
  store(arm: number): RunStore {
    return this.#stores[arm]!;
  }

  /** @throws LAB_ERR_EXPORT_FAILED */
  async save(files: ReadonlyMap<string, string>): Promise<void> {
    await writeFiles(FLAG, this.path, files);
  }

  release(): void {
    for (const store of this.#stores) store.release();
  }

  /** Nothing was measured: leaves no trace. */
  discard(): void {
    for (const store of this.#stores) store.discard();
    try {
      rmSync(join(this.path, PLAN_FILE), { force: true });
      rmdirSync(this.path);
      if (this.#madeParent) rmdirSync(this.#parent);
    } catch {
      // Somebody has put something there: it is not ours to delete.
    }
  }
}

/** @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_INVALID, LAB_ERR_RESULT_VERSION */
export async function readFolder(
  folder: string,
): Promise<{ readonly plan: AbPlanFile; readonly results: ArmResults }> {
  const path = join(folder, PLAN_FILE);
  if (!existsSync(path)) {
    throw new LabError('LAB_ERR_RESULT_UNREADABLE', `${quoted(folder)} holds no ${PLAN_FILE}`, {
      hint: 'give the folder of an A/B: lab ab --from lab-results/…',
    });
  }
  const plan = checkedPlan(path, await readText(path));
  const results: (LabResult | undefined)[] = [];
  for (const arm of plan.arms) results.push(await armResult(join(folder, arm.folder)));
  return { plan, results };
}

/** One that was killed before its first cell has none. */
async function armResult(folder: string): Promise<LabResult | undefined> {
  const isThere = ['result.json', CELLS_FILE].some((name) => existsSync(join(folder, name)));
  return isThere ? await readResult(folder) : undefined;
}

function checkedPlan(path: string, text: string): AbPlanFile {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(path, `is not JSON: ${why}`);
  }
  const fault = firstFault(planFileSchema, document);
  if (fault === null) return document as AbPlanFile;
  throw invalid(path, `is not the plan of an A/B at ${fault.path.join('.')}: ${fault.message}`);
}

function invalid(path: string, problem: string): LabError {
  return new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)} ${problem}`, {
    hint: 'give the folder as lab ab left it',
  });
}
