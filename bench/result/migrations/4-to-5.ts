/** Form 5 has what was not measured before: its members are null in a result of an earlier form. */
import type { Members } from './members.js';

export function from4To5(document: Members): Members {
  return { ...document, schema_minor: 5 };
}
