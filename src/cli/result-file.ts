/** Reading a result back, with an error for each way in which it may be none. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type LabResult, RESULT_SCHEMA, resultSchema } from '../../bench/result.js';
import { LabError } from '../errors.js';
import { quoted } from './values.js';

/** Far more than 10,000 cells need; a wrong file must not fill the memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a `lab-result/v1` from a file, or from stdin for `-`.
 * @throws LAB_ERR_RESULT_UNREADABLE, LAB_ERR_RESULT_VERSION, LAB_ERR_RESULT_INVALID
 */
export async function readResult(path: string): Promise<LabResult> {
  const document = parseJson(path, await readText(path));
  checkVersion(path, document);
  const parsed = resultSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const more = parsed.error.issues.length - 1;
  const where = first === undefined ? '' : ` at ${fieldPath(first.path)}: ${first.message}`;
  throw invalid(path, `is not a valid ${RESULT_SCHEMA}${where}${more > 0 ? ` (and ${more} more)` : ''}`);
}

async function readText(path: string): Promise<string> {
  const stream: Readable = path === '-' ? process.stdin : createReadStream(path);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const why = reason.startsWith('ENOENT') ? 'there is no such file' : reason;
    throw new LabError('LAB_ERR_RESULT_UNREADABLE', `${quoted(path)} cannot be read: ${why}`, {
      hint: 'give the result.json of a run: lab report lab-results/…/result.json',
      cause: error,
    });
  }
  return Buffer.concat(chunks).toString('utf8');
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
  throw new LabError(
    'LAB_ERR_RESULT_VERSION',
    `${quoted(path)} is a ${schema}, and this lab reads ${RESULT_SCHEMA}`,
    { hint: 'read it with the version of the lab that wrote it, or a newer one' },
  );
}

/** `cells[3].latency_us.p50`. */
function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the top';
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function invalid(path: string, problem: string): LabError {
  return new LabError('LAB_ERR_RESULT_INVALID', `${quoted(path)} ${problem}`, {
    hint: 'give an unchanged result.json of lab run',
  });
}
