/** What must be known before any figure is read. */
import type { LabResult } from '../../../bench/result/result.js';
import { listWords, plural } from '../../model/cells.js';
import { sessionSentences } from '../../text/session-notes.js';
import { targetSentences } from '../../text/target-notes.js';
import { escapeHtml } from '../view/escape.js';

export function warningsHtml(result: LabResult): string[] {
  return [
    injection(result),
    incomplete(result),
    thresholds(result),
    machine(result),
    targetSentences(result).join(' '),
    sessionSentences(result).join(' '),
  ]
    .filter((text) => text !== '')
    .map((text) => `<p class="warning" role="note">${escapeHtml(text)}</p>`);
}

function injection({ config }: LabResult): string {
  const { inject } = config.effective;
  return inject === null
    ? ''
    : `Faults were injected: ${inject}. The figures show the fault as well as what was measured; they are a test of the lab, not of a transport.`;
}

function incomplete(result: LabResult): string {
  const cut = result.cells.filter((cell) => cell.incomplete).length;
  if (!result.incomplete && cut === 0) return '';
  const why = result.ended?.message ?? 'this run was interrupted or a cell failed';
  const what = cut === 0 ? '' : ` ${plural(cut, 'cell')} cover only a part of the window.`;
  return `INCOMPLETE: ${why}.${what} Cells of the plan may be missing. Do not decide on it: measure the rest (lab run --resume FOLDER), or run the command below again.`;
}

function thresholds({ thresholds: all }: LabResult): string {
  const broken = all.filter(({ passed }) => !passed);
  if (broken.length === 0) return '';
  const expressions = [...new Set(broken.map(({ expression }) => expression))];
  return `${broken.length} of ${plural(all.length, 'threshold')} broken: ${listWords(expressions)}.`;
}

function machine({ environment }: LabResult): string {
  const bad = environment.doctor.filter(({ status }) => status === 'bad');
  if (bad.length === 0) return '';
  const found = bad.map(({ check, value, advice }) =>
    advice === null ? `${check}: ${value}.` : `${check}: ${value}. Do: ${advice}`,
  );
  return `The machine spoils the figures below, says lab doctor. ${found.join(' ')}`;
}
