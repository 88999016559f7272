/** An A/B on a terminal: who the arms are, the table, what stands against it. Pure. */
import type { AbArm, AbComparison, AbDocument, AbMetric } from '../../bench/ab/document.js';
import {
  abMethodText,
  abNotes,
  answerText,
  cellTitle,
  formatBlocksNeeded,
  formatChange,
  formatChangeInterval,
  formatDetectable,
  formatMedian,
  titleOf,
  VERDICT_WORDS,
} from '../../reports/text/ab-format.js';
import { formatP } from '../../reports/text/compare-format.js';
import { visibleLine } from '../../reports/visible-text.js';
import { type Column, renderGrid } from '../ui/grid.js';
import type { Style } from '../ui/style.js';
import { MAX_WIDTH, wrap } from '../ui/text.js';

const COLORS = {
  better: 'green',
  worse: 'red',
  equivalent: null,
  inconclusive: 'yellow',
} as const satisfies Record<AbMetric['verdict'], string | null>;

/** Ends in a newline. `width`: columns of the terminal. */
export function renderAb(document: AbDocument, width: number, style: Style): string {
  const columns = Math.min(width, MAX_WIDTH);
  const { arms, comparison, control } = document;
  const notes = abNotes(document).map((note) =>
    note.startsWith('⚠')
      ? style('yellow', wrap(note, columns, '  '))
      : wrap(`· ${note}`, columns, '  '),
  );
  const answer = (text: string): string => style('bold', wrap(text, columns, '  '));
  const blocks = [
    arms.map((arm) => `${style('bold', arm.label)}  ${visibleLine(armLine(arm))}`).join('\n'),
    answer(answerText(comparison)),
    grid(comparison, document.alpha, 'B', width, style),
    ...(control === null
      ? []
      : [
          answer(answerText(control, 'control: A')),
          grid(control, document.alpha, 'A again', width, style),
        ]),
    notes.join('\n'),
    style('dim', wrap(abMethodText(document), columns)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function armLine({ flags, program, version, git }: AbArm): string {
  const given = flags.trim() === '' ? '(the defaults)' : flags;
  const by = program === null ? '' : `  ${program}`;
  return `${given}${by}  lab ${version ?? 'unknown'}${git === null ? '' : ` ${git}`}`;
}

function grid(
  { cells }: AbComparison,
  alpha: number,
  label: string,
  width: number,
  style: Style,
): string {
  const groups = cells
    .filter(({ metrics }) => metrics.length > 0)
    .map((cell) => ({ title: cellTitle(cell), rows: cell.metrics }));
  return groups.length === 0
    ? ''
    : renderGrid(columnsFor(alpha, label), groups, width, style, '--json');
}

function columnsFor(alpha: number, label: string): Column<AbMetric>[] {
  return [
    {
      title: 'verdict',
      align: 'left',
      cell: ({ verdict }) => VERDICT_WORDS[verdict],
      format: ({ verdict }) => COLORS[verdict],
    },
    { title: 'metric', align: 'left', cell: titleOf },
    { title: 'A', align: 'right', cell: (one) => formatMedian(one, one.a) },
    { title: label, align: 'right', cell: (one) => formatMedian(one, one.b) },
    { title: 'change', align: 'right', cell: formatChange },
    { title: '95 % interval', align: 'right', cell: formatChangeInterval, spare: 1 },
    { title: 'p', align: 'right', cell: ({ p_adjusted }) => formatP(p_adjusted, alpha), spare: 4 },
    { title: 'detectable', align: 'right', cell: formatDetectable, spare: 3 },
    { title: 'needed\nblocks', align: 'right', cell: formatBlocksNeeded, spare: 2 },
  ];
}
