/** Reading a result back, with an error for each way in which it may be none. */
import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { CELLS_FILE, CELLS_SCHEMA } from '../../bench/result/cells-file.js';
import { firstFault } from '../../bench/result/check.js';
import { type FoldedRun, foldCells } from '../../bench/result/fold-cells.js';
import { RESULT_MINOR } from '../../bench/result/migrations/migrate.js';
import { type Later, readForm } from '../../bench/result/read.js';
import { isCellsText } from '../../bench/result/read-cells.js';
import { type LabResult, RESULT_SCHEMA, resultSchema } from '../../bench/result/result.js';
import { checkThresholds, parseThreshold, type Threshold } from '../../bench/verdict/threshold.js';
import { LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { labVersion } from '../../src/version.js';
import { note } from '../output.js';
import { readBounded } from './read-bounded.js';

/** Far more than 10,000 cells need; a wrong file must not fill the memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a `lab-result/v1` from a file, or from stdin for `-`; or makes it of a `cells.ndjson`, as
 * far as that run came. Of a folder its result.json is read, or where there is no whole one its
 * cells.ndjson. One of an earlier lab is migrated; what a later one added is left out, and said so.
 * @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_VERSION, LAB_ERR_RESULT_INVALID
 */
export async function readResult(given: string): Promise<LabResult> {
  const [path, lines] = filesOf(given);
  const text = await readText(path);
  if (isCellsText(text)) return readCells(path, text);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    // Broken off: what it was made of is beside it.
    if (lines !== undefined) return readCells(lines, await readText(lines));
    throw invalid(path, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return resultOf(path, document);
}

/**
 * The same of a text that is one JSON document. @param name of where it comes from
 * @throws LAB_ERR_RESULT_VERSION, LAB_ERR_RESULT_INVALID
 */
export function parsedResult(name: string, text: string): LabResult {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(name, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return resultOf(name, document);
}

function resultOf(path: string, document: unknown): LabResult {
  checkVersion(path, document);
  const read = readForm(document);
  return validated(path, read.document, read.later);
}

/**
 * The file to read; in a folder of a run its result, and what there is besides should that be
 * broken.
 */
function filesOf(path: string): readonly [string, ...string[]] {
  if (path === '-' || statsOf(path)?.isDirectory() !== true) return [path];
  // An empty one is what a power cut may leave of a file that was being written.
  const [first, ...others] = ['result.json', CELLS_FILE]
    .map((name) => join(path, name))
    .filter((file) => {
      const found = statsOf(file);
      return found?.isFile() === true && found.size > 0;
    });
  if (first !== undefined) return [first, ...others];
  throw new LabError(
    'LAB_ERR_RESULT_UNREADABLE',
    `${quoted(path)} holds no result.json and no ${CELLS_FILE}`,
    {
      hint: 'give the folder of a run that has measured something: lab report lab-results/…',
    },
  );
}

/**
 * Folds the text of a `cells.ndjson` and checks the result, thresholds apart.
 * @throws LAB_ERR_RESULT_INVALID, LAB_ERR_RESULT_VERSION
 */
export function foldedRun(path: string, text: string): FoldedRun {
  checkCellsVersion(path, text);
  let folded: FoldedRun;
  try {
    folded = foldCells(text);
  } catch (error) {
    throw invalid(
      path,
      `is not a ${CELLS_FILE} of a run: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { ...folded, result: validated(path, folded.result, folded.later) };
}

function readCells(path: string, text: string): LabResult {
  const { result, thresholds } = foldedRun(path, text);
  return {
    ...result,
    thresholds: checkThresholds(thresholdsOf(path, thresholds), result.cells),
  };
}

/** @throws LAB_ERR_RESULT_INVALID */
export function thresholdsOf(path: string, expressions: readonly string[]): Threshold[] {
  try {
    return expressions.map((expression) => parseThreshold('--threshold', expression));
  } catch (error) {
    throw invalid(path, `is not a ${CELLS_FILE} of a run: ${LabError.from(error).message}`);
  }
}

function validated(path: string, document: unknown, later: Later | null): LabResult {
  const fault = firstFault(resultSchema, document);
  if (fault === null) {
    if (later !== null) note(laterText(path, later));
    return document as LabResult;
  }
  const problem = `at ${fieldPath(fault.path)}: ${fault.message}`;
  const writer = writerOf(document);
  if (later === null) throw invalid(path, `is not a valid ${RESULT_SCHEMA} ${problem}`, writer);
  throw new LabError(
    'LAB_ERR_RESULT_VERSION',
    `${quoted(path)} was written by a later lab (${formText(later.minor)}), and this one (${formText(RESULT_MINOR)}) cannot read it ${problem}`,
    { hint: hintOfWriter(writer) },
  );
}

function formText(minor: number): string {
  return `${RESULT_SCHEMA}, schema_minor ${minor}`;
}

function laterText(path: string, { minor, unknown }: Later): string {
  const left =
    unknown.length === 0 ? '' : `; this one does not know, and leaves out: ${unknown.join(', ')}`;
  return `${quoted(path)} was written by a later lab (${formText(minor)})${left}`;
}

function hintOfWriter(writer: string | undefined): string {
  return `read it with the lab that wrote it${writer === undefined ? '' : ` (${quoted(writer)})`}, or a newer one`;
}

/** @throws LAB_ERR_RESULT_UNREADABLE */
export async function readText(path: string): Promise<string> {
  try {
    return await readBounded(path, MAX_BYTES);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Undefined where there is nothing, also where a part of the path is a file. @throws
 * LAB_ERR_RESULT_UNREADABLE where that cannot be told: no permission, a circle of links
 */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): LabError {
  const why = error instanceof Error ? error.message : String(error);
  return new LabError('LAB_ERR_RESULT_UNREADABLE', `${quoted(path)} cannot be read: ${why}`, {
    hint: 'give the result.json of a run: lab report lab-results/…/result.json',
    cause: error,
  });
}

function checkVersion(path: string, document: unknown): void {
  const schema =
    typeof document === 'object' && document !== null && 'schema' in document
      ? document.schema
      : undefined;
  if (typeof schema !== 'string' || schema === RESULT_SCHEMA || !/^lab-result\/v\d+$/.test(schema))
    return;
  const writer = writerOf(document);
  throw new LabError(
    'LAB_ERR_RESULT_VERSION',
    `${quoted(path)} is a ${schema}, and this lab (${labVersion()}) reads ${RESULT_SCHEMA}`,
    { hint: hintOfWriter(writer) },
  );
}

function checkCellsVersion(path: string, text: string): void {
  const [, schema] = /"schema":\s*"([^"]{1,60})"/.exec(text.slice(0, 200)) ?? [];
  if (schema === undefined || schema === CELLS_SCHEMA || !/^lab-cells\/v\d+$/.test(schema)) return;
  throw new LabError(
    'LAB_ERR_RESULT_VERSION',
    `${quoted(path)} is a ${schema}, and this lab (${labVersion()}) reads ${CELLS_SCHEMA}`,
    { hint: hintOfWriter(undefined) },
  );
}

/** `cells[3].latency_us.p50`. */
function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the top';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key).slice(0, 80)}`))
    .join('')
    .replace(/^\./, '');
}

/** The version of the lab that wrote a document, as far as it says. */
function writerOf(document: unknown): string | undefined {
  const tool: unknown =
    typeof document === 'object' && document !== null && 'tool' in document
      ? document.tool
      : undefined;
  const version: unknown =
    typeof tool === 'object' && tool !== null && 'version' in tool ? tool.version : undefined;
  return typeof version === 'string' ? version : undefined;
}

/**
 * @param writer the version that wrote it: a newer lab may have added what this one does not know
 */
function invalid(path: string, problem: string, writer?: string): LabError {
  const hint =
    writer === undefined || writer === labVersion()
      ? 'give the file as lab run left it'
      : `lab ${quoted(writer)} wrote it, and this is ${labVersion()}: read it with that version, or give the file as lab run left it`;
  return new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)} ${problem}`, { hint });
}
