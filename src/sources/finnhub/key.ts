import { readFile, stat } from 'node:fs/promises';
import { LabError } from '../../errors.js';
import { decodeText } from '../text/text-file.js';

const MAX_FILE_BYTES = 4_096;
const HINT =
  'get a free key at https://finnhub.io/register, then: export FINNHUB_API_KEY=…, or put it in a file named by FINNHUB_API_KEY_FILE';

/** The variables that are read of an environment. */
export interface KeyEnvironment {
  readonly FINNHUB_API_KEY?: string | undefined;
  readonly FINNHUB_API_KEY_FILE?: string | undefined;
}

/**
 * The API key: from `file` when that is given, else FINNHUB_API_KEY, else the file that
 * FINNHUB_API_KEY_FILE names. Empty variables count as not set. No error of this module ever quotes
 * what it read.
 * @throws LAB_ERR_SOURCE_KEY (none given, file unreadable, or nothing that could be a key)
 */
export async function readKey(
  file: string | undefined,
  environment: KeyEnvironment,
): Promise<string> {
  const { FINNHUB_API_KEY: direct, FINNHUB_API_KEY_FILE: named } = environment;
  if (file !== undefined) return readKeyFile(file, 'the key file');
  if (direct !== undefined && direct !== '') return checked(direct, 'FINNHUB_API_KEY');
  if (named !== undefined && named !== '') return readKeyFile(named, 'FINNHUB_API_KEY_FILE');
  throw keyError('source finnhub needs an API key, and none is set', 'source');
}

/** LAB_ERR_SOURCE_KEY with the hint where keys come from. */
export function keyError(message: string, option?: 'source'): LabError {
  return new LabError('LAB_ERR_SOURCE_KEY', message, {
    ...(option === undefined ? {} : { option }),
    hint: HINT,
  });
}

async function readKeyFile(path: string, where: string): Promise<string> {
  const name = JSON.stringify(path);
  let bytes: Buffer;
  try {
    const about = await stat(path);
    // A pipe could be waited for for ever.
    if (!about.isFile()) throw keyError(`${where}: ${name} is not a regular file`);
    if (about.size > MAX_FILE_BYTES) throw keyError(`${where}: ${name} is too long for a key`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof LabError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw keyError(`${where}: cannot read ${name} (${code})`);
  }
  return checked(textOf(bytes, where, name), `${where}: ${name}`);
}

function textOf(bytes: Buffer, where: string, name: string): string {
  try {
    return decodeText(bytes);
  } catch (error) {
    throw keyError(`${where}: ${name} does not hold one API key: ${(error as Error).message}`);
  }
}

/**
 * Nothing but visible ASCII may go into a header; a line end around it is what editors and secret
 * stores leave.
 */
function checked(text: string, where: string): string {
  const key = text.trim();
  if (key === '') throw keyError(`${where} is empty`);
  if (!/^[!-~]{1,256}$/.test(key)) throw keyError(`${where} does not hold one API key`);
  return key;
}
