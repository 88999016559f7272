/**
 * What `lab ab` found, `lab-ab/v1`: the one object its table, Markdown and JSON are made from. No
 * NaN and no Infinity (null instead); docs/reference/ab.md describes every field.
 */
import { z } from 'zod';

export const AB_SCHEMA = 'lab-ab/v1';

const count = z.number().int().nonnegative();
const positive = z.number().nonnegative();
const interval = z.strictObject({ low: z.number(), high: z.number() });

const latencyEnd = z.enum(['arrival', 'receipt']).nullable();

const totals = z.strictObject({
  better: count,
  worse: count,
  equivalent: count,
  inconclusive: count,
});

const metric = z.strictObject({
  metric: z.string(),
  unit: z.string(),
  better: z.enum(['lower', 'higher']),
  scale: z.enum(['ratio', 'difference']),
  a: z.number().nullable(),
  b: z.number().nullable(),
  change: z.number().nullable(),
  change_ci: interval.nullable(),
  margin: positive,
  detectable: positive.nullable(),
  method: z.enum(['exact', 'asymptotic']).nullable(),
  p: z.number().nullable(),
  p_adjusted: z.number().nullable(),
  verdict: z.enum(['better', 'worse', 'equivalent', 'inconclusive']),
  reason: z.string().nullable(),
  blocks_needed: count.nullable(),
});

const cell = z.strictObject({
  a: z.string(),
  b: z.string(),
  name_a: z.string(),
  name_b: z.string(),
  blocks: z.strictObject({
    usable: count,
    suspect: count,
    invalid: count,
    incomplete: count,
    other_latency: count,
  }),
  causes: z.array(z.strictObject({ code: z.string(), blocks: count })),
  same_feed: z.boolean().nullable(),
  latency_at: z.strictObject({ a: latencyEnd, b: latencyEnd }),
  metrics: z.array(metric),
});

/** B against A, or the control against A. */
const comparison = z.strictObject({
  tests: count,
  detectable: z.boolean(),
  blocks_to_detect: count,
  totals,
  cells: z.array(cell),
});

const arm = z.strictObject({
  label: z.enum(['A', 'B', 'control']),
  flags: z.string(),
  command: z.string(),
  program: z.string().nullable(),
  version: z.string().nullable(),
  git: z.string().nullable(),
  cells: count,
  invalid: count,
});

export const abSchema = z.strictObject({
  schema: z.literal(AB_SCHEMA),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  started_at: z.string(),
  duration_s: positive,
  command: z.string(),
  seed: z.number().int(),
  incomplete: z.boolean(),
  ended: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  blocks_planned: count,
  alpha: positive,
  confidence: positive,
  margin: positive,
  power: positive,
  arms: z.array(arm),
  comparison,
  control: comparison.nullable(),
});

export type AbDocument = z.infer<typeof abSchema>;
export type AbComparison = z.infer<typeof comparison>;
export type AbCell = z.infer<typeof cell>;
export type AbMetric = z.infer<typeof metric>;
export type AbArm = z.infer<typeof arm>;

/** Where the generated schema lies, from the root of the project. */
export const AB_SCHEMA_PATH = 'schema/lab-ab-v1.schema.json';

/** Its JSON Schema, draft 2020-12: the text of `AB_SCHEMA_PATH`. */
export function abJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(abSchema);
  const description =
    'What an A/B of StreamPulse Lab in one session found. What each field means: docs/reference/ab.md.';
  return `${JSON.stringify({ $schema, title: AB_SCHEMA, description, ...rest }, null, 2)}\n`;
}
