/**
 * `cells.ndjson`: a run as it goes, appended line by line. First what a result says that is no
 * cell's, then each cell when it is over, then how the run ended. A result is the fold of these
 * lines, so what was measured outlives whoever measured it. Pure.
 */
import { z } from 'zod';
import { RESULT_MINOR } from './migrations/migrate.js';
import { type CellResult, type LabResult, RESULT_SCHEMA, resultSchema } from './result.js';

export const CELLS_FILE = 'cells.ndjson';
export const CELLS_SCHEMA = 'lab-cells/v1';

/** Of the result that a run will be, what is known before its first cell. */
export const headSchema = resultSchema.pick({
  tool: true,
  startedAt: true,
  command: true,
  seed: true,
  config: true,
  environment: true,
  noise_floor_us: true,
  baselines: true,
  baselines_other_sizes: true,
});

/** What a result does not keep. */
export const matrixSchema = z.object({
  /** Cells of the matrix, each of which runs once in every round. */
  cells_per_round: z.number().int().positive(),
  /** The `--threshold`s, as given. */
  thresholds: z.array(z.string()),
});

/** What is known before the first cell. */
export type RunHead = z.infer<typeof headSchema> & z.infer<typeof matrixSchema>;
/** How a run ended. */
export type RunEnd = Pick<LabResult, 'duration_s' | 'repeat' | 'ended'>;

/** Checked when it is part of a result, in the form of this lab. */
const unchecked = <T>() => z.custom<T>((it) => typeof it === 'object' && it !== null);

/** One line of the file. */
export const lineSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('run'),
    schema: z.literal(CELLS_SCHEMA),
    /** That of the result; the first files had none. */
    schema_minor: z.number().int().optional(),
    data: unchecked<RunHead>(),
  }),
  z.strictObject({
    event: z.literal('cell'),
    /** Seconds since `startedAt`. */
    elapsed_s: z.number().nonnegative(),
    data: unchecked<CellResult>(),
  }),
  /** Of the cell before it, which until then has none. */
  z.strictObject({
    event: z.literal('ceiling'),
    elapsed_s: z.number().nonnegative(),
    data: unchecked<CellResult['ceiling']>(),
  }),
  z.strictObject({ event: z.literal('end'), data: unchecked<RunEnd>() }),
]);

export type CellsLine = z.infer<typeof lineSchema>;

export function runLine(data: RunHead): CellsLine {
  return { event: 'run', schema: CELLS_SCHEMA, schema_minor: RESULT_MINOR, data };
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
    schema_minor: RESULT_MINOR,
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
