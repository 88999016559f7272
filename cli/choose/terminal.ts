/** The terminal that a dialogue is held on. */
import { createInterface } from 'node:readline/promises';
import { EXIT_CODES } from '../exit-codes.js';
import { Exit, note } from '../output.js';
import type { Terminal } from './dialogue.js';

export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Prompts go to stderr: stdout is the answer and nothing else. Whoever leaves with Ctrl-C or Ctrl-D
 * ends the program as by a signal.
 */
export async function withTerminal<T>(hold: (terminal: Terminal) => Promise<T>): Promise<T> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  const leave = (): void => left.abort(new Exit(EXIT_CODES.interrupted));
  lines.once('SIGINT', leave);
  lines.once('close', leave);
  try {
    return await hold({
      ask: async (prompt) => {
        left.signal.throwIfAborted();
        try {
          return await lines.question(prompt, { signal: left.signal });
        } catch (error) {
          left.signal.throwIfAborted();
          throw error;
        }
      },
      say: note,
    });
  } finally {
    lines.off('close', leave);
    lines.close();
  }
}
