/** How one cell of an A/B is measured: in this process, or by the lab of another checkout. */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Arm, cellConfig } from '../../bench/ab/plan.js';
import type { CellPlan, RunConfig } from '../../bench/config.js';
import type { RunHooks } from '../../bench/events.js';
import type { LabResult } from '../../bench/result/result.js';
import { ERROR_CODES, type ErrorCode, LabError } from '../../src/errors.js';
import { quoted } from '../../src/options/values.js';
import { hasEffect, reproduction, settingsOf } from '../args/run-config.js';
import { parsedResult } from '../files/result-file.js';
import { cellInFlags } from '../run/cell-in-flags.js';
import { shellWords } from './shell-words.js';

/** A text longer than any message of a lab. */
const MOST_SAID = 64 * 1024;

/** @throws what `runMatrix` throws */
export async function measureHere(
  { config }: Arm,
  cell: CellPlan,
  hooks: RunHooks,
): Promise<LabResult> {
  const { runMatrix } = await import('../../bench/run/runner.js');
  const one = cellConfig(config, cell);
  const result = await runMatrix(one, { command: reproduction(one), supplied: [] }, hooks);
  return { ...result, cells: result.cells.map(cellInFlags) };
}

/** The launcher of this lab: two checkouts are measured in the same way, each by its own. */
export const OWN_PROGRAM = fileURLToPath(new URL('../../../bin/lab.js', import.meta.url));

/**
 * The launcher that a path means: a file, or the checkout or package that it lies in.
 * @throws LAB_ERR_BAD_VALUE
 */
export function programAt(flag: string, path: string): string {
  const candidates = [path, join(path, 'bin/lab.js')].map((one) => resolve(one));
  const found = candidates.find((one) => statSync(one, { throwIfNoEntry: false })?.isFile());
  if (found !== undefined && path !== '') return found;
  throw new LabError('LAB_ERR_BAD_VALUE', `${flag} ${quoted(path)} holds no lab`, {
    hint: 'give a checkout that is built (npm ci && npm run build), or its bin/lab.js',
  });
}

/**
 * Asks that lab what it would do: whether it is built, and knows the flags.
 * @throws what it says is wrong
 */
export async function tryThere(program: string, { config }: Arm, cell: CellPlan): Promise<void> {
  const words = wordsOf(cellConfig(config, cell));
  const child = spawn(process.execPath, [program, 'run', ...words, '--dry-run'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = saidBy(child.stderr);
  await ended(child);
  if (child.exitCode !== 0) throw complaintOf(program, said(), child.exitCode);
}

/**
 * @returns null when it was stopped before its cell began
 * @throws what that lab says is wrong, LAB_ERR_RESULT_INVALID, what `kill` was aborted with
 */
export async function measureThere(
  program: string,
  { label, config }: Arm,
  cell: CellPlan,
  { stop, kill }: RunHooks,
): Promise<LabResult | null> {
  const words = wordsOf(cellConfig(config, cell));
  const child = spawn(process.execPath, [program, 'run', ...words, ...QUIET], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): void => void child.kill('SIGINT');
  const quit = (): void => void child.kill('SIGKILL');
  stop.addEventListener('abort', end);
  kill.addEventListener('abort', quit);
  try {
    const parts: Buffer[] = [];
    const said = saidBy(child.stderr);
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    await ended(child);
    kill.throwIfAborted();
    const text = Buffer.concat(parts).toString('utf8');
    if (text.trim() === '' && stop.aborted) return null;
    if (text.trim() === '') throw complaintOf(program, said(), child.exitCode);
    return parsedResult(`the lab of ${label}`, text);
  } finally {
    stop.removeEventListener('abort', end);
    kill.removeEventListener('abort', quit);
  }
}

/** The end of what it has said so far. */
function saidBy(stream: Readable): () => string {
  let said = '';
  stream.on('data', (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(-MOST_SAID);
  });
  return () => said;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', () => done());
  });
}

/** What another lab may have another default for. */
const EXPLICIT = [
  ...['--transport', '--codec', '--clients', '--rate', '--size', '--duration', '--warmup'],
  '--repeat',
];

/** What comes out is one document, and nothing is kept. */
const QUIET = ['--skip-baselines', '--json', '--no-save', '--quiet'];

/** Only what differs from the defaults, and the load: another lab may lack a flag of this one. */
function wordsOf(config: RunConfig): string[] {
  const words = shellWords(reproduction(config)).slice(2);
  const settings = settingsOf(config);
  const more = EXPLICIT.filter(
    (name) => !words.includes(name) && hasEffect(name, config) && settings[name] !== undefined,
  );
  const all = [...words, ...more.flatMap((name) => [name, settings[name]!])];
  return all.filter((word) => !QUIET.includes(word));
}

/** What it complained of, in its words. */
function complaintOf(program: string, said: string, code: number | null): LabError {
  const [, given, message] = /^lab: (LAB_ERR_\w+): (.*)$/m.exec(said) ?? [];
  const [, hint = `run it by itself: ${program} run`] = /^ {2}hint: (.*)$/m.exec(said) ?? [];
  const known = given !== undefined && given in ERROR_CODES;
  return new LabError(
    known ? (given as ErrorCode) : 'LAB_ERR_WORKER_DIED',
    `${quoted(program)} ${message === undefined ? `ended with ${code} and without a result` : `says: ${message}`}`,
    { hint },
  );
}
