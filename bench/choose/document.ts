/**
 * What `lab choose` answers, `lab-choice/v1`: the one object its card, Markdown and JSON are made
 * from. No NaN and no Infinity (null instead); docs/reference/choose.md describes every field.
 */
import { z } from 'zod';

export const CHOICE_SCHEMA = 'lab-choice/v1';

const count = z.number().int().nonnegative();
const positive = z.number().nonnegative();
const share = z.number().min(0).max(1);
const amount = z.number().nullable();

const prices = z.strictObject({
  'cpu-hour': positive,
  'gb-egress': positive,
  'gb-ram-hour': positive,
});

const question = z.strictObject({
  clients: count,
  rate_per_s: positive.nullable(),
  size_bytes: count,
  duration_s: positive,
  links: z.array(z.string()),
  objectives: z.array(z.string()),
  browsers: z.boolean(),
  multicast: z.enum(['no', 'may', 'must']),
  reliable: z.boolean(),
  prices,
  prices_assumed: z.array(z.string()),
  headroom: positive,
  weights: z.record(z.string(), positive).nullable(),
  margin: positive,
  confidence: positive,
  seed: z.number().int(),
  resamples: count,
});

const objective = z.strictObject({
  expression: z.string(),
  link: z.string(),
  unit: z.string(),
  limit: z.number(),
  value: amount,
  low: amount,
  high: amount,
  lost: z.boolean(),
  of_feed: amount,
  verdict: z.enum(['pass', 'fail', 'undecided']),
  reason: z.enum(['NOT_MEASURED', 'TOO_FEW_RUNS', 'WIDE_INTERVAL']).nullable(),
  runs_needed: count.nullable(),
});

const figures = z.strictObject({
  link: z.string(),
  runs: count,
  left_out: count,
  doubtful: z.boolean(),
  causes: z.array(z.string()),
  latency_at: z.enum(['arrival', 'receipt']).nullable(),
  p99_lost: z.boolean(),
  p99_us: amount,
  staleness_p99_us: amount,
  loss: amount,
  cpu_us: amount,
  ip_bytes: amount,
  memory_bytes: amount,
});

const cost = z.strictObject({
  per_client_hour: positive,
  low: amount,
  high: amount,
  cpu: positive,
  egress: positive,
  ram: positive,
  per_1000_clients_month: positive,
  at: z.enum(['measured', 'capacity']),
  capacity_goal: z.string().nullable(),
});

const stack = z.strictObject({
  transport: z.string(),
  codec: z.string(),
  flush: z.string().nullable(),
  repair: z.string().nullable(),
  congestion: z.string().nullable(),
  policy: z.string().nullable(),
  standing: z.enum(['pass', 'fail', 'undecided', 'ruled-out', 'not-measured']),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  runs: count,
  objectives: z.array(objective),
  cells: z.array(figures),
  pareto: z.boolean().nullable(),
  dominated_by: z.array(count),
  cost: cost.nullable(),
  score: positive.nullable(),
  p_best: share.nullable(),
});

const answer = z.strictObject({
  kind: z.enum(['choice', 'tie', 'undecided', 'none']),
  stacks: z.array(count),
  proved: count.nullable(),
  by: z.string().nullable(),
  alike: z.array(z.string()),
  reason: z.string().nullable(),
  runs_needed: count.nullable(),
  doubtful: z.boolean(),
  p_best: share.nullable(),
  expected_regret: positive.nullable(),
  regret_when_wrong: positive.nullable(),
  p_breaks: share.nullable(),
});

const flip = z.strictObject({
  axis: z.enum(['loss', 'rtt', 'rate', 'clients', 'size', 'objective', 'price']),
  of: z.string(),
  unit: z.string(),
  now: z.number(),
  direction: z.enum(['up', 'down']),
  kind: z.enum(['interpolated', 'between', 'exact', 'none']),
  at: amount,
  low: amount,
  high: amount,
  becomes: count.nullable(),
  distance: positive.nullable(),
});

const next = z.strictObject({
  stacks: z.array(count),
  links: z.array(z.string()),
  runs: count,
  regret_now: positive.nullable(),
  regret_then: positive.nullable(),
  command: z.string(),
});

export const choiceSchema = z.strictObject({
  schema: z.literal(CHOICE_SCHEMA),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  question,
  sources: z.array(
    z.strictObject({ name: z.string(), started_at: z.string(), command: z.string() }),
  ),
  answer,
  stacks: z.array(stack),
  flips: z.array(flip),
  next: next.nullable(),
});

export type ChoiceDocument = z.infer<typeof choiceSchema>;
export type ChoiceStack = z.infer<typeof stack>;
export type ChoiceFlip = z.infer<typeof flip>;
export type ChoiceObjective = z.infer<typeof objective>;
export type ChoiceFigures = z.infer<typeof figures>;

/** Where the generated schema lies, from the root of the project. */
export const CHOICE_SCHEMA_PATH = 'schema/lab-choice-v1.schema.json';

/** Its JSON Schema, draft 2020-12: the text of `CHOICE_SCHEMA_PATH`. */
export function choiceJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(choiceSchema);
  const description =
    'The choice of a transport by StreamPulse Lab. What each field means: docs/reference/choose.md.';
  return `${JSON.stringify({ $schema, title: CHOICE_SCHEMA, description, ...rest }, null, 2)}\n`;
}
