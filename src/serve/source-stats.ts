/**
 * What a source says of itself, as far as it can be believed: a program's own source may say
 * anything.
 */
import { z } from 'zod';
import type { SourceStats } from '../sources/source.js';

const number = z.number().nonnegative();
/** A member that is none of its kind is not known, and the others are. */
const maybe = <T extends z.ZodType>(kind: T): z.ZodCatch<z.ZodOptional<T>> =>
  kind.optional().catch(undefined);

const stats = z
  .object({
    items: maybe(number),
    skipped: maybe(number),
    dropped: maybe(number),
    streaming: maybe(z.boolean()),
    upstreamCalls: maybe(number),
    upstreamErrors: maybe(z.record(z.string(), maybe(number))),
    reconnects: maybe(number),
    rateLimitWaits: maybe(number),
    outdated: maybe(number),
    stale: maybe(number),
    missing: maybe(z.array(z.string())),
    lastGoodAt: maybe(number.nullable()),
    lastItemAt: maybe(number.nullable()),
  } satisfies Record<keyof SourceStats, z.ZodType>)
  .catch({});

/** Undefined when the source says nothing. */
export function believable(said: unknown): SourceStats | undefined {
  if (said === undefined) return undefined;
  const { upstreamErrors, ...known } = stats.parse(said);
  const given = Object.entries({ ...known, upstreamErrors: countsOf(upstreamErrors) });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function countsOf(
  kinds: Readonly<Record<string, number | undefined>> | undefined,
): SourceStats['upstreamErrors'] {
  if (kinds === undefined) return undefined;
  const known = Object.entries(kinds).filter(
    (kind): kind is [string, number] => kind[1] !== undefined,
  );
  return Object.fromEntries(known);
}
