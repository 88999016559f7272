/** Capacities from the document of a search, of which only these fields are looked at. Pure. */
import { z } from 'zod';
import type { Capacity } from './capacity.js';

const SEARCH_SCHEMA = /^lab-search\/v\d+$/;

const document = z.object({
  schema: z.string().regex(SEARCH_SCHEMA),
  vary: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number(), kernel: z.string() }).nullable(),
  goals: z.array(z.object({ expression: z.string() })),
  combinations: z.array(
    z.object({
      transport: z.string(),
      codec: z.string(),
      flush: z.string(),
      repair: z.string(),
      congestion: z.string(),
      policy: z.string(),
      link: z.string().nullable(),
      clients: z.number().nullable(),
      rate_per_s: z.number().nullable(),
      size_bytes: z.number().nullable(),
      answers: z.array(z.object({ lower: z.number().nullable() })),
    }),
  ),
});

export type SearchFound = z.infer<typeof document>;

export function isSearch(value: unknown): boolean {
  const schema = typeof value === 'object' && value !== null && 'schema' in value && value.schema;
  return typeof schema === 'string' && SEARCH_SCHEMA.test(schema);
}

/** @returns null for what is not the document of a search of rates or clients */
export function readSearch(value: unknown): SearchFound | null {
  const read = document.safeParse(value);
  return read.success ? read.data : null;
}

/**
 * Of a search with several goals the smallest lower bound of each combination: it meets them all.
 * One of sizes tells nothing of how many clients there may be.
 */
export function capacitiesOf({ vary, goals, combinations }: SearchFound): Capacity[] {
  if (vary !== 'rate' && vary !== 'clients') return [];
  return combinations.flatMap((one): Capacity[] => {
    const bounds = one.answers.map(({ lower }) => lower);
    const lower = bounds.includes(null) ? 0 : Math.min(...(bounds as number[]));
    const clients = vary === 'clients' ? lower : one.clients;
    const ratePerSecond = vary === 'rate' ? lower : one.rate_per_s;
    const { link, size_bytes: sizeBytes } = one;
    if (!clients || !ratePerSecond || sizeBytes === null || !Number.isFinite(lower)) return [];
    const { transport, codec, flush, repair, congestion, policy } = one;
    const stack = { transport, codec, flush, repair, congestion, policy };
    const goal = goals.map(({ expression }) => expression).join(' and ');
    return [{ stack, link, sizeBytes, clients, ratePerSecond, goal }];
  });
}
