/** Reads a `cells.ndjson` of any lab back. Pure. */
import type { z } from 'zod';
import {
  type CellsLine,
  endOf,
  foldRun,
  headSchema,
  lineSchema,
  matrixSchema,
  type RunEnd,
  type RunHead,
} from './cells-file.js';
import { firstFault, withoutUnknown } from './check.js';
import { isMembers, type Members } from './migrations/members.js';
import { RESULT_MINOR } from './migrations/migrate.js';
import { type Later, readForm } from './read.js';
import { type CellResult, type LabResult, RESULT_SCHEMA } from './result.js';

/**
 * What a file of a run holds: the result as far as it goes, to be checked as any other, and the
 * conditions set for it.
 */
export interface FoldedRun {
  readonly result: LabResult;
  readonly thresholds: readonly string[];
  readonly later: Later | null;
}

/** Whether a text is such a file. */
export function isCellsText(text: string): boolean {
  const first = text.slice(0, text.search(/\n|$/));
  return /"schema":\s*"lab-cells\//.test(first.slice(0, 200));
}

/**
 * Folds the text of a file, by whatever lab. Half a line at its end, where the run was cut off
 * while it wrote, is left out.
 * @throws an Error whose message says what is wrong, and in which line
 */
export function foldCells(text: string): FoldedRun {
  const { head, cells: raw, end: given, elapsed, minor } = gather(text);
  const { thresholds, cells_per_round, ...rest } = head;
  const form = readForm({
    schema: RESULT_SCHEMA,
    ...(minor === undefined ? {} : { schema_minor: minor }),
    ...rest,
    thresholds: [],
    ...given,
    cells: raw,
  });
  const document = form.document as LabResult;
  const data = checkedHead(document, { thresholds, cells_per_round });
  const { cells, duration_s, repeat, ended } = document;
  const end: RunEnd =
    given === undefined
      ? endOf(data, cells.filter(hasVerdict), elapsed, {
          code: 'LOST',
          message: 'nothing says how this run ended: it was killed, or it still goes on',
        })
      : { duration_s, repeat, ...(ended === undefined ? {} : { ended }) };
  return { result: foldRun(data, cells, end), thresholds, later: form.later };
}

/** The lines as they stand, of whatever form; a ceiling is in its cell. */
interface RawRun {
  readonly head: RunHead;
  readonly minor: number | undefined;
  readonly cells: readonly CellResult[];
  readonly end: RunEnd | undefined;
  /** s, of the last cell. */
  readonly elapsed: number;
}

function gather(text: string): RawRun {
  let run: Extract<CellsLine, { event: 'run' }> | undefined;
  let end: RunEnd | undefined;
  let elapsed = 0;
  const cells: CellResult[] = [];
  for (const [i, one] of readLines(text)) {
    if (one.event === 'run') {
      if (run !== undefined) throw new Error(`line ${i + 1} begins another run`);
      run = one;
    } else if (run === undefined || end !== undefined) {
      throw new Error(
        `line ${i + 1} is ${run === undefined ? 'before the beginning' : 'after the end'}`,
      );
    } else if (one.event === 'cell') {
      cells.push(one.data);
      elapsed = one.elapsed_s;
    } else if (one.event === 'ceiling') {
      const cell = cells.pop();
      if (cell === undefined) throw new Error(`line ${i + 1} is the ceiling of no cell`);
      cells.push({ ...cell, ceiling: one.data });
      elapsed = one.elapsed_s;
    } else {
      end = one.data;
    }
  }
  if (run === undefined) throw new Error('it has no whole line');
  return { head: run.data, minor: run.schema_minor, cells, end, elapsed };
}

/** Checks the head, which is needed before the whole is checked. */
function checkedHead(document: unknown, apart: unknown): RunHead {
  const members: Members = Object(document);
  const keys = Object.keys(headSchema.shape).filter((key) => Object.hasOwn(members, key));
  const head = Object.fromEntries(keys.map((key) => [key, members[key]]));
  const fault = firstFault(headSchema, head) ?? firstFault(matrixSchema, apart);
  if (fault !== null) throw new Error(`line 1: data.${fault.path.join('.')}: ${fault.message}`);
  return { ...head, ...Object(apart) };
}

function* readLines(text: string): Generator<readonly [number, CellsLine]> {
  let from = 0;
  let isLater = false;
  for (let i = 0; from < text.length; i++) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const json = parsed(text.slice(from, to));
    from = to + 1;
    // The last one was cut off while it was written.
    if (json === undefined && from >= text.length) return;
    if (i === 0) isLater = isMembers(json) && Number(json.schema_minor) > RESULT_MINOR;
    if (isLater && isUnknownEvent(json)) continue;
    const read = lineSchema.safeParse(isLater ? withoutUnknown(lineSchema, json) : json);
    if (!read.success) throw new Error(`line ${i + 1}: ${problemOf(read.error)}`);
    yield [i, read.data];
  }
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

/** Of a cell nobody has checked yet. */
function hasVerdict(cell: Partial<CellResult>): boolean {
  const reasons: readonly unknown[] | undefined = cell.verdict?.reasons;
  return (
    Array.isArray(reasons) &&
    reasons.every((reason) => typeof reason === 'object' && reason !== null)
  );
}
