/** Colour, and whether there is any. Only this folder draws on a terminal. */
import { styleText } from 'node:util';
import { cleanText, ownSequences } from './terminal-text.js';

type Format = Parameters<typeof styleText>[0];

/**
 * Wraps text in a style, or leaves it alone. What comes of it is for `print`, `note` and the live
 * line, which know the lab's own colours.
 */
export type Style = (format: Format, text: string) => string;

/** The parts of a stream and its environment that decide about colour. */
interface Terminal {
  readonly isTTY?: boolean | undefined;
}

/**
 * FORCE_COLOR wins over NO_COLOR, both over what the stream is (force-color.org, no-color.org);
 * `TERM=dumb` is not a terminal.
 */
export function usesColor(stream: Terminal, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** The style for a stream. */
export function styleFor(stream: Terminal, env: NodeJS.ProcessEnv): Style {
  if (!usesColor(stream, env)) return (_format, text) => text;
  // Decided above: Node's own check would look at stdout, whichever stream is meant.
  return (format, text) =>
    ownSequences(styleText(format, cleanText(text), { validateStream: false }));
}

/** Can a line be rewritten on it? */
export function isLive(stream: Terminal, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}
