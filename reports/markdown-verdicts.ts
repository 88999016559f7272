/** Every verdict that is not plain VALID, with its reasons and what to do next. */
import type { CellResult, LabResult, VerdictReason } from '../bench/result.js';
import { groupBy, listWords, markedName, plural } from './cells.js';
import { codeSpan, escapeMarkdown, section } from './markdown-text.js';

export function verdictsSection(result: LabResult): string {
  const { cells } = result;
  if (cells.length === 0) return '';
  const withReasons = cells.filter((cell) => cell.verdict.reasons.length > 0);
  if (withReasons.length === 0 && cells.every((cell) => cell.verdict.status === 'VALID')) {
    return section(
      'Verdicts',
      `${plural(cells.length, 'cell')}, all ✔ VALID: no check found a reason for doubt.`,
    );
  }
  const counts = (['VALID', 'SUSPECT', 'INVALID'] as const).map(
    (status) => `${cells.filter((cell) => cell.verdict.status === status).length} ${status}`,
  );
  const groups = groupBy(
    withReasons.flatMap((cell) => cell.verdict.reasons.map((reason) => ({ cell, reason }))),
    ({ reason }) => JSON.stringify([reason.severity, reason.code, reason.message, reason.hint]),
  );
  const ordered = [...groups.values()].sort((a, b) => rank(a[0]!.reason) - rank(b[0]!.reason));
  return section(
    'Verdicts',
    `${listWords(counts)}.`,
    ordered.map((group) => finding(result, group)).join('\n'),
  );
}

/** INVALID first; the sort is stable, so the rest keeps the result's order. */
function rank({ severity }: VerdictReason): number {
  return severity === 'INVALID' ? 0 : 1;
}

function finding(result: LabResult, group: readonly { cell: CellResult; reason: VerdictReason }[]): string {
  const { reason } = group[0]!;
  const mark = reason.severity === 'INVALID' ? '✘' : '⚠';
  const names = listWords(group.map(({ cell }) => escapeMarkdown(markedName(cell, result))));
  const lines = [
    `- ${mark} ${codeSpan(reason.code)} (${reason.severity}): ${names}`,
    `  - ${escapeMarkdown(reason.message)}`,
  ];
  if (reason.hint !== '') lines.push(`  - **Next:** ${escapeMarkdown(reason.hint)}`);
  return lines.join('\n');
}
