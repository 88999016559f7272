/**
 * What goes to stdout, stderr and the terminal. stdout is the result and nothing else; everything said on the way goes to
 * stderr. A reader that leaves early (`lab … | head`) ends the program quietly.
 */
import { LabError } from '../errors.js';
import { EXIT_CODES } from './exit-codes.js';
import { type Style, styleFor } from './ui/style.js';

/** Ends the program with a code and no message: the reason is known to the user. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const readerGone = new AbortController();

/** Aborted, with what to throw, once stdout takes no more: an `Exit` when its reader has left. */
export const stdoutClosed: AbortSignal = readerGone.signal;

/** Without these two, a closed pipe would be an uncaught error and a stack trace. */
export function guardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return readerGone.abort(new Exit(EXIT_CODES.readerGone));
    readerGone.abort(
      new LabError('LAB_ERR_EXPORT_FAILED', `stdout cannot be written: ${error.message}`, {
        hint: 'look at the disk or the program that it goes to',
        cause: error,
      }),
    );
  });
  process.stderr.on('error', () => {});
}

/** Resolves when the text has left the process. @throws what `stdoutClosed` was aborted with */
export async function print(text: string): Promise<void> {
  stdoutClosed.throwIfAborted();
  await new Promise<void>((done) => process.stdout.write(text, () => done()));
  // A failed write reports to the stream's 'error' listeners a tick after its own callback.
  await new Promise((done) => setImmediate(done));
  stdoutClosed.throwIfAborted();
}

/** Writes without waiting: for events that come while a run goes on. */
export function emit(text: string): void {
  if (!stdoutClosed.aborted) process.stdout.write(text);
}

export function stdoutStyle(): Style {
  return styleFor(process.stdout, process.env);
}

export function stderrStyle(): Style {
  return styleFor(process.stderr, process.env);
}

/** Columns of the terminal, and 100 where there is none. */
export function stdoutWidth(): number {
  return process.stdout.columns ?? 100;
}

/** The same for stderr. */
export function stderrWidth(): number {
  return process.stderr.columns ?? 100;
}

/** One JSON document, readable, ending in a newline. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes a line to stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `lab: LAB_ERR_X: message` and its hint, on stderr; the stack only when asked for. */
export function complain(error: LabError, debug = false): void {
  const style = stderrStyle();
  note(`${style(['bold', 'red'], 'lab:')} ${error.code}: ${error.message}`);
  if (error.hint !== undefined) note(`  ${style('cyan', 'hint:')} ${error.hint}`);
  if (debug) note(stackOf(error));
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
