import { type Alert, isReserved, PLAIN_NAME } from './ast.js';

/** The text that `parseAlert` reads back as the same alert. */
export function printAlert(alert: Alert): string {
  if (alert.type === 'compare') {
    const operand = [alert.key, ...alert.path].map(printName).join('.');
    return `${operand} ${alert.operator} ${alert.number}`;
  }
  return alert.terms.map((term) => bracketed(term, alert.type)).join(` ${alert.type} `);
}

/**
 * `and` binds more tightly than `or`; a junction inside one of its own kind keeps its brackets, so
 * that it stays one.
 */
function bracketed(term: Alert, inside: 'and' | 'or'): string {
  const bare = term.type === 'compare' || (term.type === 'and' && inside === 'or');
  return bare ? printAlert(term) : `(${printAlert(term)})`;
}

function printName(name: string): string {
  PLAIN_NAME.lastIndex = 0;
  const isPlain = PLAIN_NAME.exec(name)?.[0] === name && !isReserved(name);
  return isPlain ? name : JSON.stringify(name);
}
