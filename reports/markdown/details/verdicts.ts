/** Every verdict that is not plain VALID, with its reasons and what to do next. */
import type { CellResult, LabResult, VerdictReason } from '../../../bench/result/result.js';
import { groupBy, isRepeated, listWords, markedNames, plural } from '../../model/cells.js';
import { codeSpan, escapeMarkdown, section } from '../text.js';

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
  const found = withReasons.flatMap((cell) =>
    cell.verdict.reasons.map((reason) => ({ cell, reason })),
  );
  // Over repeats the same reason comes again with other figures; once is enough for all of them.
  const keyOf = isRepeated(result)
    ? ({ reason }: Finding): string => JSON.stringify([reason.severity, reason.code])
    : ({ reason }: Finding): string =>
        JSON.stringify([reason.severity, reason.code, reason.message, reason.hint]);
  const ordered = [...groupBy(found, keyOf).values()].sort(
    (a, b) => rank(a[0]!.reason) - rank(b[0]!.reason),
  );
  return section(
    'Verdicts',
    `${listWords(counts)}.`,
    ordered.map((group) => finding(result, group)).join('\n'),
  );
}

interface Finding {
  readonly cell: CellResult;
  readonly reason: VerdictReason;
}

/** INVALID first; the sort is stable, so the rest keeps the result's order. */
function rank({ severity }: VerdictReason): number {
  return severity === 'INVALID' ? 0 : 1;
}

/** More sentences of one reason than this say nothing new. */
const MOST_MESSAGES = 3;

function finding(result: LabResult, group: readonly Finding[]): string {
  const { reason } = group[0]!;
  const mark = reason.severity === 'INVALID' ? '✘' : '⚠';
  const cells = group.map(({ cell }) => cell);
  const names = listWords(markedNames(cells, result).map(escapeMarkdown));
  const messages = [...new Set(group.map((one) => one.reason.message))];
  const hints = [...new Set(group.map((one) => one.reason.hint))].filter((hint) => hint !== '');
  const more = messages.length - MOST_MESSAGES;
  return [
    `- ${mark} ${codeSpan(reason.code)} (${reason.severity}): ${names}`,
    ...messages.slice(0, MOST_MESSAGES).map((message) => `  - ${escapeMarkdown(message)}`),
    ...(more > 0 ? [`  - … and ${more} more like these`] : []),
    ...hints.slice(0, MOST_MESSAGES).map((hint) => `  - **Next:** ${escapeMarkdown(hint)}`),
  ].join('\n');
}
