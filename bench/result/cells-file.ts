/**
 * `cells.ndjson`: a run as it goes, appended line by line. First what a result says that is no
 * cell's, then each cell when it is over, then how the run ended; and the same again when it is
 * resumed. A result is the fold of these lines, so what was measured outlives whoever measured it.
 * Pure.
 */
import { z } from 'zod';
import { RESULT_MINOR } from './migrations/migrate.js';
import { type CellResult, type LabResult, resultSchema } from './result.js';

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
  links: true,
});

/** What a result does not keep. */
export const matrixSchema = z.object({
  /** Cells of the matrix, each of which runs once in every round. */
  cells_per_round: z.number().int().positive(),
  /** The `--threshold`s, as given. */
  thresholds: z.array(z.string()),
  /** What it takes to go on with the run; of an earlier lab it is left out. */
  plan: z
    .strictObject({
      /** Each setting by the long name of its flag, as the flag says it. */
      settings: z.record(z.string(), z.string()),
      /** Of the name of the machine, SHA-256 (hex). */
      host_sha256: z.string(),
      /** Of the recording that is replayed, SHA-256 (hex); null for another source. */
      source_sha256: z.string().nullable(),
    })
    .optional(),
});

/** What is measured anew when a run is resumed. */
export const sessionSchema = resultSchema.pick({
  startedAt: true,
  environment: true,
  noise_floor_us: true,
  baselines: true,
  baselines_other_sizes: true,
  links: true,
});

/** What is known before the first cell. */
export type RunHead = z.infer<typeof headSchema> & z.infer<typeof matrixSchema>;
export type SessionHead = z.infer<typeof sessionSchema>;
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
    /** Seconds since `startedAt`; of a resumed run, those of the sessions before it added. */
    elapsed_s: z.number().nonnegative(),
    data: unchecked<CellResult>(),
  }),
  /** Of the cell before it, which until then has none. */
  z.strictObject({
    event: z.literal('ceiling'),
    elapsed_s: z.number().nonnegative(),
    data: unchecked<CellResult['ceiling']>(),
  }),
  /** `duration_s`: of all sessions together, without the time between them. */
  z.strictObject({ event: z.literal('end'), data: unchecked<RunEnd>() }),
  /** Another session begins. What it measures supersedes what there is of a cell. */
  z.strictObject({ event: z.literal('resume'), data: unchecked<SessionHead>() }),
]);

export type CellsLine = z.infer<typeof lineSchema>;

export function runLine(data: RunHead): CellsLine {
  return { event: 'run', schema: CELLS_SCHEMA, schema_minor: RESULT_MINOR, data };
}
