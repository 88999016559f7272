/**
 * `cells.ndjson`: a run as it goes, appended line by line. First what a result says that is no
 * cell's, then each cell when it is over, then how the run ended. A result is the fold of these
 * lines, so what was measured outlives whoever measured it. Pure.
 */
import { z } from 'zod';
import { type CellResult, type LabResult, RESULT_SCHEMA, resultSchema } from './result.js';

export const CELLS_FILE = 'cells.ndjson';
export const CELLS_SCHEMA = 'lab-cells/v1';

const head = resultSchema
  .pick({
    tool: true,
    startedAt: true,
    command: true,
    seed: true,
    config: true,
    environment: true,
    noise_floor_us: true,
    baselines: true,
    baselines_other_sizes: true,
  })
  .extend({
    /** Cells of the matrix, each of which runs once in every round. */
    cells_per_round: z.number().int().positive(),
    /** The `--threshold`s, as given. */
    thresholds: z.array(z.string()),
  });

const end = resultSchema.pick({ duration_s: true, repeat: true, ended: true });

/** What is known before the first cell. */
export type RunHead = z.infer<typeof head>;
/** How a run ended. */
export type RunEnd = z.infer<typeof end>;

/** One line of the file. Cells are checked when they are part of a result. */
const line = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('run'), schema: z.literal(CELLS_SCHEMA), data: head }),
  z.strictObject({
    event: z.literal('cell'),
    /** Seconds since `startedAt`. */
    elapsed_s: z.number().nonnegative(),
    data: z.custom<CellResult>((cell) => typeof cell === 'object' && cell !== null),
  }),
  /** Of the cell before it, which until then has none. */
  z.strictObject({
    event: z.literal('ceiling'),
    elapsed_s: z.number().nonnegative(),
    data: z.custom<CellResult['ceiling']>((it) => typeof it === 'object' && it !== null),
  }),
  z.strictObject({ event: z.literal('end'), data: end }),
]);

export type CellsLine = z.infer<typeof line>;

export function runLine(data: RunHead): CellsLine {
  return { event: 'run', schema: CELLS_SCHEMA, data };
}

/** The result that these cells make; no threshold is held against them yet. */
export function foldRun(
  data: RunHead,
  cells: readonly CellResult[],
  { ended, ...rest }: RunEnd,
): LabResult {
  const { thresholds: _given, cells_per_round: _round, ...known } = data;
  const { duration_s, repeat } = rest;
  const isCut = repeat.outcome === 'interrupted' || ended !== undefined;
  return {
    schema: RESULT_SCHEMA,
    ...known,
    duration_s,
    incomplete: isCut || cells.some(({ incomplete }) => incomplete),
    ...(ended === undefined ? {} : { ended }),
    thresholds: [],
    repeat,
    cells: [...cells],
  };
}

/** How a run ended that could not say so itself: `why`, unless it had come to its end after all. */
export function endOf(
  data: RunHead,
  cells: readonly CellResult[],
  elapsed: number,
  why: LabResult['ended'],
): RunEnd {
  const { repeat, ci_metric: metric, ci_target: target } = data.config.effective;
  // Cut short in the last cell of a round: that is no run of every cell.
  const isCut = cells.at(-1)?.verdict.reasons.some(({ code }) => code === 'INTERRUPTED') === true;
  const runs = Math.floor((cells.length - (isCut ? 1 : 0)) / data.cells_per_round);
  const isWhole = repeat !== null && runs === repeat;
  return {
    duration_s: elapsed,
    repeat: {
      mode: repeat === null ? 'auto' : 'fixed',
      runs,
      metric,
      target,
      outcome: isWhole ? 'fixed' : 'interrupted',
    },
    ...(isWhole || why === undefined ? {} : { ended: why }),
  };
}

/**
 * What a file of a run holds: the result as far as it goes, to be checked as any other, and the
 * conditions set for it.
 */
export interface FoldedRun {
  readonly result: LabResult;
  readonly thresholds: readonly string[];
}

/** Whether a text is such a file. */
export function isCellsText(text: string): boolean {
  const first = text.slice(0, text.search(/\n|$/));
  return /"schema":\s*"lab-cells\//.test(first.slice(0, 200));
}

/**
 * Folds the text of a file. Half a line at its end, where the run was cut off while it wrote, is
 * left out.
 * @throws an Error whose message says what is wrong, and in which line
 */
export function foldCells(text: string): FoldedRun {
  let data: RunHead | undefined;
  let ending: RunEnd | undefined;
  let elapsed = 0;
  const cells: CellResult[] = [];
  for (const [i, one] of readLines(text)) {
    if (one.event === 'run') {
      if (data !== undefined) throw new Error(`line ${i + 1} begins another run`);
      data = one.data;
    } else if (data === undefined || ending !== undefined) {
      throw new Error(
        `line ${i + 1} is ${data === undefined ? 'before the beginning' : 'after the end'}`,
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
      ending = one.data;
    }
  }
  if (data === undefined) throw new Error('it has no whole line');
  ending ??= endOf(data, cells.filter(hasVerdict), elapsed, {
    code: 'LOST',
    message: 'nothing says how this run ended: it was killed, or it still goes on',
  });
  return { result: foldRun(data, cells, ending), thresholds: data.thresholds };
}

function* readLines(text: string): Generator<readonly [number, CellsLine]> {
  let from = 0;
  for (let i = 0; from < text.length; i++) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const json = parsed(text.slice(from, to));
    from = to + 1;
    // The last one was cut off while it was written.
    if (json === undefined && from >= text.length) return;
    const read = line.safeParse(json);
    if (!read.success) throw new Error(`line ${i + 1}: ${problemOf(read.error)}`);
    yield [i, read.data];
  }
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
