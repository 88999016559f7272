/**
 * Documents of earlier labs, brought to the form of this one, step by step. A form is a
 * `schema_minor` of `lab-result/v1`; a change of the schema is a new minor and a file here.
 */
import { from0To1 } from './0-to-1.js';
import { from1To2 } from './1-to-2.js';
import { from2To3 } from './2-to-3.js';
import { from3To4 } from './3-to-4.js';
import { from4To5 } from './4-to-5.js';
import { isMembers, type Members } from './members.js';

/** `MIGRATIONS[n]` brings a document of form n to form n + 1; none judges what it finds. */
const MIGRATIONS: readonly ((document: Members) => Members)[] = [
  from0To1,
  from1To2,
  from2To3,
  from3To4,
  from4To5,
];

/** The form that this lab writes. */
export const RESULT_MINOR = MIGRATIONS.length;

/** The first form that says which it is. */
const FIRST_NAMED = 2;

/**
 * The form of a document; null when it claims one that no lab has written. Form 1 has `thresholds`
 * and lacks a minor: what is missing in it is damage, and is not made up.
 */
export function minorOf(document: Members): number | null {
  const { schema_minor: minor } = document;
  if (!('schema_minor' in document)) return 'thresholds' in document ? 1 : 0;
  return Number.isInteger(minor) && Number(minor) >= FIRST_NAMED ? Number(minor) : null;
}

/** A document of this form or a later one, and what is not a document, stays as it is. */
export function migrate(document: unknown): unknown {
  if (!isMembers(document)) return document;
  const from = minorOf(document);
  if (from === null) return document;
  return MIGRATIONS.slice(from).reduce((form, step) => step(form), document);
}
