/**
 * `plan.json` of an A/B: what was to be measured, and against what, so that the folder alone says
 * everything, however the session ended.
 */
import { z } from 'zod';
import { COMPARED_NAMES } from '../compare/compare.js';
import type { ComparedName } from '../metric-catalogue.js';

export const PLAN_FILE = 'plan.json';
export const PLAN_SCHEMA = 'lab-ab-plan/v1';

const pair = z.strictObject({
  a: z.string(),
  b: z.string(),
  nameA: z.string(),
  nameB: z.string(),
});

export const planFileSchema = z.strictObject({
  schema: z.literal(PLAN_SCHEMA),
  started_at: z.string(),
  command: z.string(),
  seed: z.number().int(),
  blocks: z.number().int().positive(),
  margin: z.number().nonnegative(),
  metrics: z.array(z.enum(COMPARED_NAMES as [ComparedName, ...ComparedName[]])),
  arms: z.array(
    z.strictObject({
      label: z.enum(['A', 'B', 'control']),
      /** As given. */
      flags: z.string(),
      /** Measures its cells alone. */
      command: z.string(),
      /** The lab that measures it; null = this one. */
      program: z.string().nullable(),
      /** Where its cells are, from the folder of the A/B. */
      folder: z.string(),
    }),
  ),
  pairs: z.array(pair),
});

export type AbPlanFile = z.infer<typeof planFileSchema>;
