/** Form 5 has what was not measured before: its members are null in a result of an earlier form. */
import { isMembers, type Members, mapMembers } from './members.js';

export function from4To5(document: Members): Members {
  return { ...document, schema_minor: 5, cells: mapMembers(document.cells, cellTo5) };
}

/** What repair did was not told apart so far. */
const OF_REPAIRS = { late: null, superseded: null };

function cellTo5(cell: Members): Members {
  const { repairs } = cell;
  return isMembers(repairs) ? { ...cell, repairs: { ...OF_REPAIRS, ...repairs } } : cell;
}
