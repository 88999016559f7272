/** Reading a result back, with an error for each way in which it may be none. */
import { type LabResult, RESULT_SCHEMA, resultSchema } from '../../bench/result.js';
import { firstFault } from '../../bench/result-check.js';
import { upgradeResult } from '../../bench/result-read.js';
import { LabError } from '../errors.js';
import { labVersion } from '../version.js';
import { readBounded } from './read-bounded.js';
import { quoted } from './values.js';

/** Far more than 10,000 cells need; a wrong file must not fill the memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a `lab-result/v1` from a file, or from stdin for `-`. What an earlier lab did not write yet is filled in.
 * @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_VERSION, LAB_ERR_RESULT_INVALID
 */
export async function readResult(path: string): Promise<LabResult> {
  const document = parseJson(path, await readText(path));
  checkVersion(path, document);
  const upgraded = upgradeResult(document);
  const fault = firstFault(resultSchema, upgraded);
  if (fault === null) return upgraded as LabResult;
  const problem = `is not a valid ${RESULT_SCHEMA} at ${fieldPath(fault.path)}: ${fault.message}`;
  throw invalid(path, problem, writerOf(document));
}

async function readText(path: string): Promise<string> {
  try {
    return await readBounded(path, MAX_BYTES);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError('LAB_ERR_RESULT_UNREADABLE', `${quoted(path)} cannot be read: ${why}`, {
      hint: 'give the result.json of a run: lab report lab-results/…/result.json',
      cause: error,
    });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkVersion(path: string, document: unknown): void {
  const schema =
    typeof document === 'object' && document !== null && 'schema' in document ? document.schema : undefined;
  if (typeof schema !== 'string' || schema === RESULT_SCHEMA || !/^lab-result\/v\d+$/.test(schema)) return;
  const writer = writerOf(document);
  throw new LabError(
    'LAB_ERR_RESULT_VERSION',
    `${quoted(path)} is a ${schema}, and this lab (${labVersion()}) reads ${RESULT_SCHEMA}`,
    {
      hint: `read it with the lab that wrote it${writer === undefined ? '' : ` (${quoted(writer)})`}, or a newer one`,
    },
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
    typeof document === 'object' && document !== null && 'tool' in document ? document.tool : undefined;
  const version: unknown =
    typeof tool === 'object' && tool !== null && 'version' in tool ? tool.version : undefined;
  return typeof version === 'string' ? version : undefined;
}

/** @param writer the version that wrote it: a newer lab may have added what this one does not know */
function invalid(path: string, problem: string, writer?: string): LabError {
  const hint =
    writer === undefined || writer === labVersion()
      ? 'give an unchanged result.json of lab run'
      : `lab ${quoted(writer)} wrote it, and this is ${labVersion()}: read it with that version, or give an unchanged result.json`;
  return new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)} ${problem}`, { hint });
}
