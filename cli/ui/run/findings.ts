/** What stands against the cells of a run, below its table. Pure. */
import type { CellResult, LabResult, VerdictReason } from '../../../bench/result/result.js';
import { localServer } from '../../../bench/result/server.js';
import { missingShare } from '../../../bench/result/survivors.js';
import { formatInteger, formatPercent } from '../../../reports/format.js';
import {
  groupBy,
  listWords,
  loadSuffix,
  pairName,
  plural,
  verdictMark,
} from '../../../reports/model/cells.js';
import type { Style } from '../style.js';
import { wrap } from '../text.js';
import { COLORS } from './colors.js';
import { cellName, isJoined } from './columns.js';

/** More findings than this are in the report only. */
const MAX_FINDINGS = 16;

/** Differences below this are rounding: the ledger itself may leave as much unexplained. */
const SHOWN_MISSING = 1e-4;

/** What the doctor found to spoil every figure below, before anybody reads one. */
export function badFindings({ environment }: LabResult, width: number, style: Style): string {
  return environment.doctor
    .filter(({ status }) => status === 'bad')
    .flatMap(({ check, value, advice }) => [
      wrap(`✘ ${check}: ${value}`, width, '  ').replace('✘', style('red', '✘')),
      ...(advice === null ? [] : [`  ${wrap(`→ ${advice}`, width - 2, '    ')}`]),
    ])
    .join('\n');
}

/** What stands against the cells, the worst first, and what to do about it; each hint once. */
export function findings(result: LabResult, width: number, style: Style): string {
  const joined = isJoined(result);
  const found = result.cells.flatMap((cell) => remarks(cell).map((reason) => ({ cell, reason })));
  // Over many runs the same reason comes again and again with other figures.
  const groups = groupBy(found, ({ reason }) =>
    JSON.stringify([reason.code, joined ? reason.severity : reason.message]),
  );
  const ordered = [...groups.values()].sort((a, b) => rank(a[0]!.reason) - rank(b[0]!.reason));
  const hinted = new Set<string>();
  const lines = ordered.slice(0, MAX_FINDINGS).flatMap((group) => {
    const { reason } = group[0]!;
    const runs = groupBy(group, ({ cell }) => nameOf(cell, result, joined));
    const names = joined
      ? [...runs].map(([name, { length }]) => `${name} (${plural(length, 'run')})`)
      : group.map(({ cell }) => nameOf(cell, result, joined));
    const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    const mark = reason.severity === 'NOTE' ? '·' : verdictMark(reason.severity);
    const color = reason.severity === 'NOTE' ? 'dim' : COLORS[reason.severity];
    const others = new Set(group.map((one) => one.reason.message)).size - 1;
    const more = others === 0 ? '' : ` (and ${others} like it)`;
    const text = wrap(`${mark} ${listWords(shown)}: ${reason.message}${more}`, width, '  ');
    const hint =
      reason.hint === '' || hinted.has(reason.hint)
        ? []
        : [`  ${wrap(`→ ${reason.hint}`, width - 2, '    ')}`];
    hinted.add(reason.hint);
    return [text.replace(mark, style(color, mark)), ...hint];
  });
  const left = ordered.length - MAX_FINDINGS;
  if (left > 0) lines.push(`  … and ${left} more, all of them in the report`);
  return lines.join('\n');
}

/** What a finding calls a cell: enough to find it among several loads. */
function nameOf(cell: CellResult, result: LabResult, joined: boolean): string {
  if (joined) return pairName(cell) + loadSuffix(cell, result);
  return loadSuffix(cell, result) === '' ? cellName(cell, result) : cell.id;
}

interface Remark extends Omit<VerdictReason, 'severity'> {
  readonly severity: VerdictReason['severity'] | 'NOTE';
}

function remarks(cell: CellResult): Remark[] {
  const all: Remark[] = [...cell.verdict.reasons];
  if (cell.incomplete && all.length === 0) {
    const message = 'cut short; its figures cover what there was';
    all.push({ code: 'CUT_SHORT', severity: 'NOTE', message, hint: '' });
  }
  const missing = missingShare(cell) ?? 0;
  // Loss is what went out and did not arrive. What never went out would otherwise be in no column.
  if (missing - (cell.loss_ratio ?? 0) > SHOWN_MISSING) {
    const { send_errors, dropped_by_policy, conflated } = cell.ledger;
    const message = `${formatPercent(missing)} of what was expected is missing, more than the loss: ${formatInteger(dropped_by_policy)} skipped by policy ${localServer(cell)?.policy ?? null}, ${formatInteger(conflated)} conflated, ${formatInteger(send_errors)} send errors, ${formatInteger(cell.late)} late`;
    all.push({ code: 'MISSING', severity: 'NOTE', message, hint: '' });
  }
  return all;
}

export function rank({ severity }: Remark): number {
  return ['INVALID', 'SUSPECT', 'NOTE'].indexOf(severity);
}
