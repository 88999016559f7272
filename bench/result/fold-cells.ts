/** From the text of a `cells.ndjson` of any lab to the result that it holds so far. Pure. */
import {
  type CellsLine,
  headSchema,
  matrixSchema,
  type RunEnd,
  type RunHead,
  sessionSchema,
} from './cells-file.js';
import { type Fault, firstFault } from './check.js';
import { type Later, readForm } from './read.js';
import { cellsLines } from './read-cells.js';
import { type CellResult, type LabResult, RESULT_SCHEMA } from './result.js';
import { endOf, RunFold } from './run-fold.js';

/**
 * What a file of a run holds: the result as far as it goes, to be checked as any other, and the
 * conditions set for it.
 */
export interface FoldedRun {
  readonly result: LabResult;
  readonly thresholds: readonly string[];
  /** To go on from. */
  readonly fold: RunFold;
  readonly end: RunEnd;
  /** Null of a file of this lab or an earlier one. */
  readonly later: Later | null;
}

type Numbered = readonly [number, CellsLine];

/**
 * Folds the text of a file. Half a line at its end, where the run was cut off while it wrote, is
 * left out.
 * @throws an Error whose message says what is wrong, and in which line
 */
export function foldCells(text: string): FoldedRun {
  const lines = [...cellsLines(text)];
  const { head, cells, end: newest, later } = inThisForm(lines);
  const fold = new RunFold(head);
  let ending: RunEnd | undefined;
  let elapsed = 0;
  let cell: CellResult | undefined;
  let next = 0;
  for (const [i, one] of lines.slice(1)) {
    if (one.event === 'run') throw new Error(`line ${i + 1} begins another run`);
    if (one.event === 'resume') {
      const fault = firstFault(sessionSchema, one.data);
      if (fault !== null) throw new Error(faultIn(i, fault));
      const previous = ending ?? lostEnd(fold, elapsed);
      elapsed = previous.duration_s;
      fold.resume(one.data, previous);
      ending = cell = undefined;
    } else if (one.event === 'end') {
      // Also one after another: what was lost of an end was found out later.
      ending = one.data;
    } else if (ending !== undefined) {
      throw new Error(`line ${i + 1} is after the end`);
    } else {
      elapsed = one.elapsed_s;
      if (one.event === 'cell') {
        cell = cells[next++] as CellResult;
        if (fold.has(cell.id)) throw new Error(`line ${i + 1} is a cell that is there already`);
        fold.add(cell);
      } else {
        // It is in its cell already.
        if (cell === undefined) throw new Error(`line ${i + 1} is the ceiling of no cell`);
        cell = undefined;
      }
    }
  }
  const end = ending === undefined ? lostEnd(fold, elapsed) : (newest ?? ending);
  return { result: fold.result(end), thresholds: head.thresholds, fold, end, later };
}

interface InThisForm {
  readonly head: RunHead;
  /** One for each line of a cell, in their order, with its ceiling. */
  readonly cells: readonly CellResult[];
  /** Of the last line; undefined when that is not an end. */
  readonly end: RunEnd | undefined;
  readonly later: Later | null;
}

/** The lines as those of a file of this lab: they are migrated as the result that they make. */
function inThisForm(lines: readonly Numbered[]): InThisForm {
  const first = lines[0]?.[1];
  if (first === undefined) throw new Error('it has no whole line');
  if (first.event !== 'run') throw new Error('line 1 is before the beginning');
  const { thresholds, cells_per_round, plan, ...head } = first.data;
  const last = lines.at(-1)?.[1];
  const given = last?.event === 'end' ? last.data : undefined;
  const { document, later } = readForm({
    schema: RESULT_SCHEMA,
    ...(first.schema_minor === undefined ? {} : { schema_minor: first.schema_minor }),
    ...head,
    thresholds: [],
    ...given,
    cells: rawCells(lines),
  });
  const result = document as LabResult;
  const { cells, duration_s, repeat, ended } = result;
  const apart = { thresholds, cells_per_round, ...(plan === undefined ? {} : { plan }) };
  return {
    head: checkedHead(result, apart),
    cells,
    end:
      given === undefined
        ? undefined
        : { duration_s, repeat, ...(ended === undefined ? {} : { ended }) },
    later,
  };
}

function rawCells(lines: readonly Numbered[]): unknown[] {
  const cells: unknown[] = [];
  for (const [, one] of lines) {
    if (one.event === 'cell') cells.push(one.data);
    else if (one.event === 'ceiling' && cells.length > 0)
      cells.push({ ...Object(cells.pop()), ceiling: one.data });
  }
  return cells;
}

/** Checks the head, which is needed before the whole is checked. */
function checkedHead(result: LabResult, apart: object): RunHead {
  const keys = Object.keys(headSchema.shape).filter((key) => Object.hasOwn(result, key));
  const head = Object.fromEntries(keys.map((key) => [key, result[key as keyof LabResult]]));
  const fault = firstFault(headSchema, head) ?? firstFault(matrixSchema, apart);
  if (fault !== null) throw new Error(faultIn(0, fault));
  return Object.assign(head, apart) as unknown as RunHead;
}

function faultIn(line: number, { path, message }: Fault): string {
  return `line ${line + 1}: data.${path.join('.')}: ${message}`;
}

const LOST = {
  code: 'LOST',
  message: 'nothing says how this run ended: it was killed, or it still goes on',
} as const;

function lostEnd({ head, cells }: RunFold, elapsed: number): RunEnd {
  return endOf(head, cells.filter(hasVerdict), elapsed, LOST);
}

/** Of a cell nobody has checked yet. */
function hasVerdict(cell: Partial<CellResult>): boolean {
  const reasons: readonly unknown[] | undefined = cell.verdict?.reasons;
  return (
    Array.isArray(reasons) &&
    reasons.every((reason) => typeof reason === 'object' && reason !== null)
  );
}
