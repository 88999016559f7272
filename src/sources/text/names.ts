/** Names of columns (or JSON members): how they are compared, and how a message shows them. */
import { excerpt } from './wire-line.js';

/** Most names that a message lists. */
const MOST_LISTED = 20;

/** A name as it is compared: without case, blanks, and signs such as _ @ < >. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The names as a message shows them. */
export function listOf(names: readonly string[]): string {
  const listed = names
    .slice(0, MOST_LISTED)
    .map((name) => (/^[\p{L}\p{N}_. -]+$/u.test(name) ? name : excerpt(name)));
  const more = names.length - listed.length;
  return more > 0 ? `${listed.join(', ')} and ${more} more` : listed.join(', ');
}
