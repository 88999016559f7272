/**
 * What `lab search` found, `lab-search/v1`: the one object that its table, page, chart and JSON are
 * made from, and from which a search that was interrupted goes on. No NaN and no Infinity (null
 * instead); docs/reference/search.md describes every field.
 */
import { z } from 'zod';
import { processUse } from '../result/measures.js';

export const SEARCH_SCHEMA = 'lab-search/v1';

/** What is varied. */
export const AXES = ['rate', 'clients', 'size'] as const;

/** What broke when the latency grew all the time: of a trial without a steady state. */
export const UNSUSTAINED = 'UNSUSTAINED';

const count = z.number().int().nonnegative();
const positive = z.number().nonnegative();
const figure = z.number().nullable();

const objective = z.strictObject({
  expression: z.string(),
  metric: z.string(),
  operator: z.enum(['<', '<=', '>', '>=']),
  limit: z.number(),
  unit: z.enum(['us', 'cpu_us', 'per_s', 'share', 'messages', 'bytes']),
});

const goal = z.strictObject({ expression: z.string(), objectives: z.array(objective) });

/** What did not hold: an objective, or with `metric: null` a finding of the verdict. */
const broken = z.strictObject({
  what: z.string(),
  metric: z.string().nullable(),
  value: figure,
  limit: figure,
  message: z.string(),
});

const judgement = z.strictObject({
  outcome: z.enum(['pass', 'fail', 'void']),
  untold: z.boolean(),
  broken: z.array(broken),
  reason: z.strictObject({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
});

const use = processUse.pick({
  cpu_cores: true,
  busiest_cores: true,
  loop_utilization: true,
  loop_delay_us: true,
  run_queue_ratio: true,
});

/** CPU, event loops and sockets in the window of a trial. */
const state = z.strictObject({
  server: use.nullable(),
  clients: use.nullable(),
  host_busy_cores: positive.nullable(),
  cpu_pressure_ratio: positive.nullable(),
  schedule_lag_p99_us: figure,
  send_errors: count.nullable(),
  dropped_by_policy: count.nullable(),
  conflated: count.nullable(),
  kernel_receive_drops: count.nullable(),
  network_lost: count.nullable(),
  tcp_retransmitted_segments: count.nullable(),
  receive_buffer_bytes: count.nullable(),
  send_buffer_bytes: count.nullable(),
});

const measured = z.strictObject({
  load: count,
  duration_s: positive,
  at_s: positive,
  verdict: z.enum(['VALID', 'SUSPECT', 'INVALID']),
  codes: z.array(z.string()),
  p50_us: figure,
  p99_us: figure,
  loss_ratio: figure,
  /** Of each metric that a goal names. */
  figures: z.array(z.strictObject({ metric: z.string(), value: figure })),
  forwarding_ratio: positive.nullable(),
  deliveries_per_s: positive.nullable(),
  growth_us_per_s: figure,
  state,
});

const trial = measured.extend({
  phase: z.enum(['initial', 'final']),
  judgements: z.array(judgement),
});

const binds = z.strictObject({
  load: count,
  what: z.string(),
  metric: z.string().nullable(),
  value: figure,
  limit: figure,
  message: z.string(),
  cause: z.enum([
    'SERVER_LOOP',
    'SERVER_CPU',
    'MACHINE_CPU',
    'SEND_QUEUE',
    'RECEIVE_BUFFER',
    'LINK',
    'UNKNOWN',
  ]),
  failed: count,
  trials: count,
  state,
});

const answer = z.strictObject({
  status: z.enum(['found', 'unbounded', 'unmet', 'instrument', 'open']),
  lower: count.nullable(),
  upper: count.nullable(),
  width: positive.nullable(),
  /** As short trials found them: where full-length ones looked first. */
  initial: z.strictObject({ lower: count.nullable(), upper: count.nullable() }),
  conditional_throughput: z
    .strictObject({
      forwarding_ratio: positive,
      load: positive.nullable(),
      deliveries_per_s: positive.nullable(),
    })
    .nullable(),
  binds: binds.nullable(),
  limit: z
    .strictObject({
      ...{ load: count, trials: count },
      ...{ code: z.string(), message: z.string(), hint: z.string() },
    })
    .nullable(),
  inversions: z.array(z.strictObject({ load: count, passed: count, trials: count })),
});

const profile = measured.extend({ share: positive });

const combination = z.strictObject({
  name: z.string(),
  transport: z.string(),
  codec: z.string(),
  flush: z.string(),
  link: z.string().nullable(),
  repair: z.string(),
  congestion: z.string(),
  policy: z.string(),
  clients: count.nullable(),
  rate_per_s: positive.nullable(),
  size_bytes: count.nullable(),
  answers: z.array(answer),
  trials: z.array(trial),
  profile: z.array(profile),
});

const machine = z.strictObject({
  os: z.string(),
  kernel: z.string(),
  cpu: z.string(),
  cores: count,
  memory_bytes: count,
  node: z.string(),
  git: z.string().nullable(),
});

export const searchSchema = z.strictObject({
  schema: z.literal(SEARCH_SCHEMA),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  started_at: z.string(),
  duration_s: positive,
  command: z.string(),
  settings: z.record(z.string(), z.string()),
  seed: z.number().int(),
  machine: machine.nullable(),
  incomplete: z.boolean(),
  ended: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  vary: z.enum(AXES),
  start: count,
  smallest: count,
  largest: count,
  quick: z.boolean(),
  initial_s: positive,
  final_s: positive,
  duration_sum_s: positive,
  exceed_ratio: positive,
  width: positive,
  goals: z.array(goal),
  combinations: z.array(combination),
});

export type SearchDocument = z.infer<typeof searchSchema>;
export type SearchCombination = z.infer<typeof combination>;
export type SearchAnswer = z.infer<typeof answer>;
export type SearchTrial = z.infer<typeof trial>;
export type SearchMeasured = z.infer<typeof measured>;
export type SearchProfile = z.infer<typeof profile>;
export type SearchState = z.infer<typeof state>;
export type SearchBinding = z.infer<typeof binds>;
export type Judgement = z.infer<typeof judgement>;
export type Broken = z.infer<typeof broken>;
export type SearchMachine = z.infer<typeof machine>;
export type Axis = (typeof AXES)[number];

/** Where the generated schema lies, from the root of the project. */
export const SEARCH_SCHEMA_PATH = 'schema/lab-search-v1.schema.json';

/** Its JSON Schema, draft 2020-12: the text of `SEARCH_SCHEMA_PATH`. */
export function searchJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(searchSchema);
  const description =
    'What a capacity search of StreamPulse Lab found. What each field means: docs/reference/search.md.';
  return `${JSON.stringify({ $schema, title: SEARCH_SCHEMA, description, ...rest }, null, 2)}\n`;
}
