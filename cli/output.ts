/**
 * What goes to stdout, stderr and the terminal. stdout is the result and nothing else; everything
 * said on the way goes to stderr. A reader that leaves early (`lab … | head`) ends the program
 * quietly. Text of others is made visible here, and not where it comes from: an escape sequence of
 * theirs is shown, only the lab's own colours are obeyed.
 */
import { visibleJson, visibleLine, visibleLines } from '../reports/visible-text.js';
import { LabError } from '../src/errors.js';
import { EXIT_CODES } from './exit-codes.js';
import { type Style, styleFor } from './ui/style.js';
import { terminalText } from './ui/terminal-text.js';

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

/**
 * Text for people. Resolves when it has left the process. @throws what `stdoutClosed` was aborted
 * with
 */
export async function print(text: string): Promise<void> {
  await write(terminalText(text));
}

/** The same for a document that programs read: as it is, but on a terminal. */
export async function printData(data: string): Promise<void> {
  await write(process.stdout.isTTY === true ? terminalText(data) : data);
}

async function write(text: string): Promise<void> {
  stdoutClosed.throwIfAborted();
  await new Promise<void>((done) => process.stdout.write(text, () => done()));
  // A failed write reports to the stream's 'error' listeners a tick after its own callback.
  await new Promise((done) => setImmediate(done));
  stdoutClosed.throwIfAborted();
}

/** Writes one line of JSON without waiting: for events that come while a run goes on. */
export function emit(value: unknown): void {
  if (!stdoutClosed.aborted) process.stdout.write(jsonLine(value));
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
  return `${visibleJson(JSON.stringify(value, null, 2))}\n`;
}

/** The same on one line. */
export function jsonLine(value: unknown): string {
  return `${visibleJson(JSON.stringify(value))}\n`;
}

/** Writes one line to stderr, whatever is in the text. */
export function note(text: string): void {
  noteLines(visibleLine(text));
}

/** Writes lines to stderr. */
export function noteLines(text: string): void {
  process.stderr.write(terminalText(`${text}\n`));
}

/** `lab: LAB_ERR_X: message` and its hint, on stderr; the stack only when asked for. */
export function complain(error: LabError, debug = false): void {
  const style = stderrStyle();
  noteLines(`${style(['bold', 'red'], 'lab:')} ${error.code}: ${visibleLine(error.message)}`);
  if (error.hint !== undefined)
    noteLines(`  ${style('cyan', 'hint:')} ${visibleLines(error.hint, '    ')}`);
  // It has the messages in it: no line of theirs begins where the lab's own do.
  if (debug) noteLines(`  ${stackOf(error).replaceAll('\n', '\n  ')}`);
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
