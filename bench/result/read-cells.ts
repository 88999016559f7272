/** Reads the lines of a `cells.ndjson` of any lab. Pure. */
import type { z } from 'zod';
import { type CellsLine, lineSchema } from './cells-file.js';
import { withoutUnknown } from './check.js';
import { isMembers } from './migrations/members.js';
import { RESULT_MINOR } from './migrations/migrate.js';

/** Whether a text is such a file. */
export function isCellsText(text: string): boolean {
  const first = text.slice(0, text.search(/\n|$/));
  return /"schema":\s*"lab-cells\//.test(first.slice(0, 200));
}

/**
 * The lines of a file that are whole, each with its number from 0, in turn; of a later lab those
 * that this one knows.
 * @returns how many characters they are, line ends included
 * @throws an Error whose message says what is wrong, and in which line
 */
export function* cellsLines(text: string): Generator<readonly [number, CellsLine], number> {
  let from = 0;
  let isLater = false;
  for (let i = 0; from < text.length; i++) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const json = parsed(text.slice(from, to));
    // The last one was cut off while it was written.
    if (json === undefined && to + 1 >= text.length) return from;
    if (json === undefined) throw new Error(`line ${i + 1}: not JSON`);
    from = Math.min(to + 1, text.length);
    if (i === 0) isLater = isMembers(json) && Number(json.schema_minor) > RESULT_MINOR;
    if (isLater && isUnknownEvent(json)) continue;
    const read = lineSchema.safeParse(isLater ? withoutUnknown(lineSchema, json) : json);
    if (!read.success) throw new Error(`line ${i + 1}: ${problemOf(read.error)}`);
    yield [i, read.data];
  }
  return from;
}

function isUnknownEvent(json: unknown): boolean {
  const known: readonly string[] = lineSchema.options.map(({ shape }) => shape.event.value);
  return isMembers(json) && typeof json.event === 'string' && !known.includes(json.event);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf({ issues: [first] }: z.ZodError): string {
  return first === undefined
    ? 'not understood'
    : `${first.path.join('.') || 'it'}: ${first.message}`;
}
