/**
 * The result of a run, `lab-result/v1`: the one document every table, report and export is made
 * from. Units are in the names; there is no NaN or Infinity (null instead);
 * docs/reference/results.md describes every field.
 */
import { z } from 'zod';
import { cell, type reason } from './cell.js';
import { linkFound } from './link.js';
import {
  baselines,
  count,
  type distribution,
  type ledger,
  positive,
  type processUse,
  type roundTrip,
  type rtt,
  type second,
} from './measures.js';
import { RESULT_MINOR } from './migrations/migrate.js';

export const RESULT_SCHEMA = 'lab-result/v1';

/** One thing that can spoil a benchmark on this machine, as `lab doctor` found it. */
const doctorCheck = z.strictObject({
  check: z.string(),
  /** `unknown`: this platform does not tell. */
  status: z.enum(['ok', 'warn', 'bad', 'unknown']),
  /** What was found, in words. */
  value: z.string(),
  /** The command that fixes it, or what to do instead; null when there is nothing to do. */
  advice: z.string().nullable(),
});

const environment = z.strictObject({
  os: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpu: z.string(),
  cores: count,
  /** CPUs that the tightest quota of a control group of the lab grants; null without one. */
  cpu_quota_cores: positive.nullable(),
  memory_bytes: count,
  governor: z.string().nullable(),
  node: z.string(),
  load_average_1m: positive.nullable(),
  /** Limits and kernel settings that shape a run; null where this platform cannot tell. */
  open_files_limit: count.nullable(),
  sysctls: z.record(z.string(), z.string().nullable()),
  git: z.string().nullable(),
  /** What this platform cannot tell, in words. */
  unknown: z.array(z.string()),
  doctor: z.array(doctorCheck),
});

/** How a server of the lab's own was set up. */
const localSettings = z.strictObject({
  kind: z.literal('local'),
  source: z.string(),
  symbols: count,
  flush: z.string(),
  /** Between clients and server, as asked for: `none`, profiles, specifications. */
  links: z.array(z.string()),
  /** How what is lost is repaired: `none`, `nak`. */
  repairs: z.array(z.string()),
  /** Congestion control asked for: `default`, `cubic`. */
  congestions: z.array(z.string()),
  /** Combinations measured in place of every one of the lists; null = every one. */
  stacks: z.array(z.string()).nullable(),
  policy: z.string(),
  port: count,
  /** Server processes. */
  shards: count,
});

/** Servers that were running already: how they were set up nobody knows. */
const targetSettings = z.strictObject({ kind: z.literal('target'), urls: z.array(z.string()) });

const config = z.strictObject({
  server: z.discriminatedUnion('kind', [localSettings, targetSettings]),
  transports: z.array(z.string()),
  codecs: z.array(z.string()),
  clients: z.array(count),
  rates_per_s: z.array(positive).nullable(),
  sizes_bytes: z.array(count),
  durations_s: z.array(positive),
  warmup_s: positive,
  /**
   * Null when the number of runs was left to the lab (`--repeat auto`); the next three are null
   * when it was not.
   */
  repeat: z.number().int().positive().nullable(),
  ci_target: positive.nullable(),
  ci_metric: z.string().nullable(),
  max_repeat: count.nullable(),
  seed: z.number().int(),
  speed: positive.nullable(),
  /**
   * The part of a recording that was replayed, as the flags say it; left out when that was all of
   * it.
   */
  replay_from: z.string().optional(),
  replay_to: z.string().optional(),
  /** As the flags say them; left out without them. */
  time_column: z.string().optional(),
  key_column: z.string().optional(),
  time_unit: z.string().optional(),
  key_order: z.string().optional(),
  /** How a recording was read; left out for any other source. */
  recording: z
    .strictObject({
      format: z.string(),
      rows: count,
      /** At most the first 100. */
      columns: z.array(z.string()),
      /** The column of the times, or those of date and time of day; empty without times. */
      time: z.array(z.string()),
      time_form: z.string().nullable(),
      /** Null when every key is the name of the file. */
      key: z.string().nullable(),
      keys: count,
    })
    .optional(),
  /** Faults injected on purpose (`delay=30ms`); null = none. */
  inject: z.string().nullable(),
  host: z.string(),
  /**
   * By transport, what it was told: its options as asked for, null = left to the kernel. Of a
   * target only those of its clients.
   */
  transport_options: z.record(
    z.string(),
    z.record(z.string(), z.union([z.string(), z.number()]).nullable()),
  ),
  tmax_s: positive,
  subscriber_processes: count,
});

const threshold = z.strictObject({
  /** As given: `p99<5ms`. */
  expression: z.string(),
  /** The id of the cell it was held against. */
  cell: z.string(),
  /**
   * The figure of the cell in `unit`; null when it cannot be told, and then the threshold is
   * broken.
   */
  value: z.number().nullable(),
  /** The limit in `unit`. */
  limit: z.number(),
  /**
   * Of value and limit, the unit of the result document: us, ratio, messages, messages/s or bytes.
   */
  unit: z.string(),
  passed: z.boolean(),
});

/** How many runs each cell got, and why no more. */
const repeat = z.strictObject({
  mode: z.enum(['fixed', 'auto']),
  /** Runs that every cell had. */
  runs: count,
  /**
   * The figure that `auto` wanted to know, and the half-width of its 95 % interval ÷ median that
   * was enough.
   */
  metric: z.string().nullable(),
  target: positive.nullable(),
  /**
   * `reached` or `limit` end an `auto` run: the metric is known to within the target in every cell,
   * or it is not.
   */
  outcome: z.enum(['fixed', 'reached', 'limit', 'interrupted']),
});

const ended = z.strictObject({
  /**
   * INTERRUPTED (a first signal), QUIT (a second one), LOST (nobody knows), or the code of an
   * error.
   */
  code: z.string(),
  message: z.string(),
});

const noiseFloor = z.strictObject({ p50: positive, p99: positive, max: positive });

/** From the start of a run, or from where it was resumed, to where it ended. */
const session = z.strictObject({
  /** ISO 8601, UTC. */
  started_at: z.string(),
  duration_s: positive,
  /** Ids of the cells of this result that were measured in it. */
  cells: z.array(z.string()),
  /** Of these, the ones that an earlier session had begun and not measured to the end. */
  measured_again: z.array(z.string()),
  /** Why it ended before its end; null when it did not. */
  ended: ended.nullable(),
  noise_floor_us: noiseFloor.nullable(),
  /** Those that the ratios of its cells use. */
  baselines,
  baselines_other_sizes: z.array(baselines),
  links: z.array(linkFound),
});

export const resultSchema = z.strictObject({
  schema: z.literal(RESULT_SCHEMA),
  /** The form of the schema; grows by one with every change. */
  schema_minor: z.literal(RESULT_MINOR),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  duration_s: positive,
  /** The exact command that reproduces this run, seed included. */
  command: z.string(),
  seed: z.number().int(),
  /** Interrupted, or a cell failed. */
  incomplete: z.boolean(),
  /** Why it ended before its end; left out when it did not. */
  ended: ended.optional(),
  /** Of a run that was resumed, its stretches in their order; left out when it was not. */
  sessions: z.array(session).optional(),
  config: z.strictObject({ supplied: z.array(z.string()), effective: config }),
  environment,
  /**
   * Latency of a path without delay, through no socket and to no other process: what the instrument
   * itself is in every latency. Null when it could not be measured.
   */
  noise_floor_us: noiseFloor.nullable(),
  /** For the first payload size of the matrix. */
  baselines,
  /** For its other payload sizes. */
  baselines_other_sizes: z.array(baselines),
  /** Those that clients of the matrix were behind, but for `none`. */
  links: z.array(linkFound),
  /** Every `--threshold` held against every cell, in the order given; empty without one. */
  thresholds: z.array(threshold),
  repeat,
  cells: z.array(cell),
});

export type LabResult = z.infer<typeof resultSchema>;
export type CellResult = z.infer<typeof cell>;
export type RoundTrip = z.infer<typeof roundTrip>;
export type EchoRoundTrip = Baselines['echo']['tcp'];
export type RoundTripTimes = z.infer<typeof rtt>;
export type LinkFound = z.infer<typeof linkFound>;
export type Baselines = z.infer<typeof baselines>;
export type Distribution = z.infer<typeof distribution>;
export type VerdictReason = z.infer<typeof reason>;
export type Ledger = z.infer<typeof ledger>;
export type ProcessUse = z.infer<typeof processUse>;
export type Environment = z.infer<typeof environment>;
export type DoctorCheck = z.infer<typeof doctorCheck>;
export type EffectiveConfig = z.infer<typeof config>;
export type ThresholdResult = z.infer<typeof threshold>;
export type SessionResult = z.infer<typeof session>;
export type RepeatResult = z.infer<typeof repeat>;
export type SeriesSecond = z.infer<typeof second>;
