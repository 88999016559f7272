/** The folder of a search: its document after every trial, and in the end its page and charts. */
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { firstFault } from '../../bench/result/check.js';
import { SEARCH_SCHEMA, type SearchDocument, searchSchema } from '../../bench/search/document.js';
import { searchFiles } from '../../reports/search/files.js';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { readText } from '../files/result-file.js';
import { claimDirectory, writeFiles } from '../files/whole-files.js';
import { located } from '../files/working-folder.js';
import { jsonText } from '../output.js';
import { RunLock } from '../run/lock.js';

const SEARCH_FILE = 'search.json';

export class SearchFolder {
  /** As the user named it. */
  readonly path: string;
  readonly #flag: string;
  readonly #where: string;
  readonly #lock: RunLock;
  readonly #isNew: boolean;

  /** @throws LAB_ERR_EXPORT_FAILED */
  static create(parent: string, name: string): SearchFolder {
    const flag = '-o/--output';
    const path = claimDirectory(flag, parent, name);
    return new SearchFolder(flag, join(parent, basename(path)), true);
  }

  /** @throws LAB_ERR_RESUME when another process has it */
  static open(path: string): SearchFolder {
    return new SearchFolder('--resume', path, false);
  }

  private constructor(flag: string, path: string, isNew: boolean) {
    this.#flag = flag;
    this.path = path;
    this.#where = located(path);
    this.#isNew = isNew;
    this.#lock = new RunLock(this.#where, path);
  }

  /** What is known so far. @throws LAB_ERR_EXPORT_FAILED */
  async keep(document: SearchDocument): Promise<void> {
    await writeFiles(this.#flag, this.#where, new Map([[SEARCH_FILE, jsonText(document)]]));
  }

  /** @throws LAB_ERR_EXPORT_FAILED */
  async save(document: SearchDocument): Promise<void> {
    const files = new Map([[SEARCH_FILE, jsonText(document)], ...searchFiles(document)]);
    await writeFiles(this.#flag, this.#where, files);
  }

  release(): void {
    this.#lock.release();
  }

  /** Nothing was measured: leaves no trace of a new one. */
  discard(): void {
    this.release();
    if (!this.#isNew) return;
    try {
      rmSync(join(this.#where, SEARCH_FILE), { force: true });
      rmdirSync(this.#where);
    } catch {
      // Somebody has put something there: it is not ours to delete.
    }
  }
}

/**
 * The document in a folder.
 * @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_VERSION, LAB_ERR_RESULT_INVALID
 */
export async function readSearch(folder: string): Promise<SearchDocument> {
  const path = join(folder, SEARCH_FILE);
  if (!existsSync(join(located(folder), SEARCH_FILE))) {
    throw new LabError('LAB_ERR_RESULT_UNREADABLE', `${quoted(folder)} holds no ${SEARCH_FILE}`, {
      hint: 'give the folder of a search: lab search --resume lab-results/…-search-…',
    });
  }
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(path, 'is not JSON', error);
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== SEARCH_SCHEMA) {
    throw new LabError(
      'LAB_ERR_RESULT_VERSION',
      `${quoted(path)} is ${typeof schema === 'string' ? quoted(schema) : 'of no schema'}, and this lab reads ${SEARCH_SCHEMA}`,
      { hint: 'search again, or use the lab that wrote it' },
    );
  }
  const fault = firstFault(searchSchema, value);
  if (fault === null) return value as SearchDocument;
  throw invalid(path, `${fault.path.join('.')}: ${fault.message}`);
}

function invalid(path: string, problem: string, cause?: unknown): LabError {
  return new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)}: ${problem}`, {
    hint: 'it was changed or cut off after it was written: search again',
    cause,
  });
}
