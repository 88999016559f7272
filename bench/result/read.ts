/** A document of any lab, as this lab reads it. Pure. */
import { withoutUnknown } from './check.js';
import { isMembers } from './migrations/members.js';
import { migrate, minorOf, RESULT_MINOR } from './migrations/migrate.js';
import { resultSchema } from './result.js';

/** Places that are told of a later document. */
const MOST_PLACES = 8;

/** What a later lab wrote, and this one left out. */
export interface Later {
  readonly minor: number;
  /** Like `cells[].news`, each once, at most 8. */
  readonly unknown: readonly string[];
}

export interface ReadForm {
  /** In the form of this lab; to be held against the schema yet. */
  readonly document: unknown;
  /** Null of a document of this lab or an earlier one. */
  readonly later: Later | null;
}

/**
 * Brings a document to the form of this lab. An earlier one is migrated; of a later one, what this
 * lab does not know is left out. One of this lab stays as it is.
 */
export function readForm(document: unknown): ReadForm {
  const minor = isMembers(document) ? minorOf(document) : null;
  if (minor === null || minor <= RESULT_MINOR) return { document: migrate(document), later: null };
  const places = new Set<string>();
  const known = withoutUnknown(resultSchema, document, (place) => {
    if (places.size < MOST_PLACES) places.add(place);
  });
  return {
    document: { ...Object(known), schema_minor: RESULT_MINOR },
    later: { minor, unknown: [...places] },
  };
}
