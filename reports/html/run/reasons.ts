/** Why cells are SUSPECT or INVALID, and what to do: each reason once, with the cells that have it. */
import type { CellResult, LabResult, VerdictReason } from '../../../bench/result/result.js';
import { groupBy, markedNames, plural } from '../../model/cells.js';
import { escapeHtml } from '../view/escape.js';

export function reasonsHtml(result: LabResult): string {
  const valid = result.cells.filter(({ verdict }) => verdict.status === 'VALID').length;
  const all = `<p>${valid} of ${plural(result.cells.length, 'cell')} VALID. An INVALID cell is not ranked, compared or counted in a median; a SUSPECT one is not ranked, unless only the lab’s own clients read late what had arrived in time.</p>`;
  const found = result.cells.flatMap((cell) =>
    cell.verdict.reasons.map((reason) => ({ cell, reason })),
  );
  const groups = [...groupBy(found, ({ reason: { code, severity } }) => `${severity} ${code}`)];
  return [all, ...groups.map(([title, members]) => groupHtml(title, members, result))].join('\n');
}

interface Found {
  readonly cell: CellResult;
  readonly reason: VerdictReason;
}

/** The figures in a message are of its cell: of many cells the first says what it is about. */
function groupHtml(title: string, members: readonly Found[], result: LabResult): string {
  const cells = [...new Set(members.map(({ cell }) => cell))];
  const [{ reason }] = members as readonly [Found, ...Found[]];
  const names = markedNames(cells, result).map((name) => `<li>${escapeHtml(name)}</li>`);
  return [
    `<h3>${escapeHtml(title)}</h3>`,
    `<p>${escapeHtml(reason.message)}${members.length > 1 ? ` <small>(the first of ${members.length})</small>` : ''}</p>`,
    `<p>What to do: ${escapeHtml(reason.hint)}</p>`,
    `<details><summary>${plural(cells.length, 'cell')}</summary><ul>${names.join('')}</ul></details>`,
  ].join('\n');
}
