/**
 * What the lab's exit codes mean; docs/reference/errors.md says it in a table (a test compares).
 */
import type { LabError } from '../src/errors.js';

export const EXIT_CODES = {
  ok: 0,
  /** A runtime error, or a command whose answer is no. */
  failed: 1,
  /** The caller's to fix. */
  usage: 2,
  /** There is a result, and it is not whole, or a cell of it is INVALID. */
  incomplete: 4,
  /** A threshold of `lab run`, or a gate of `lab compare`. */
  gateBroken: 99,
  /** 128 + SIGINT. */
  interrupted: 130,
  /** 128 + SIGPIPE: how a shell reports a writer whose reader left. */
  readerGone: 141,
} as const;

/**
 * Of a command that ends with this error. An error in a cell of a run ends no command: it makes the
 * cell INVALID.
 */
export function exitCodeOf({ kind }: LabError): number {
  return EXIT_CODES[kind === 'usage' ? 'usage' : 'failed'];
}
