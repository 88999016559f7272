/** An A/B as Markdown: its page, and what a pull request is given. A pure function of it. */
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
} from '../text/ab-format.js';
import { formatP } from '../text/compare-format.js';
import { bullets, type Column, codeSpan, escapeMarkdown, section, table } from './text.js';

const MARKS: Readonly<Record<AbMetric['verdict'], string>> = {
  better: `▲ ${VERDICT_WORDS.better}`,
  worse: `▼ **${VERDICT_WORDS.worse}**`,
  equivalent: `= ${VERDICT_WORDS.equivalent}`,
  inconclusive: `? ${VERDICT_WORDS.inconclusive}`,
};

export function renderAbMarkdown(document: AbDocument): string {
  const { arms, comparison, control, command, started_at } = document;
  const blocks = [
    '# A against B',
    `**${answerText(comparison)}**`,
    bullets([
      ...arms.map(armText),
      `in one session of ${document.blocks_planned} blocks, ${escapeMarkdown(started_at)}`,
    ]),
    bullets(abNotes(document).map(escapeMarkdown)),
    ...cellTables(comparison, document, 'B'),
    ...(control === null
      ? []
      : [
          section(
            `Control: ${answerText(control, 'A')}`,
            ...cellTables(control, document, 'A again'),
          ),
        ]),
    section('How to read it', escapeMarkdown(abMethodText(document))),
    section('Reproduce', bullets([codeSpan(command)])),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function armText({ label, flags, program, version, git, cells, invalid }: AbArm): string {
  const given = flags.trim() === '' ? 'the defaults' : codeSpan(flags);
  const by = program === null ? '' : ` by ${codeSpan(program)}`;
  const commit = git === null ? '' : `, git ${codeSpan(git)}`;
  const counted = `${cells} cells${invalid === 0 ? '' : `, ${invalid} of them INVALID`}`;
  return `**${label}** ${given}${by}: lab ${escapeMarkdown(version ?? 'unknown')}${commit}, ${counted}`;
}

function cellTables({ cells }: AbComparison, { alpha }: AbDocument, label: string): string[] {
  return cells
    .filter(({ metrics }) => metrics.length > 0)
    .flatMap((cell) => [
      `### ${escapeMarkdown(cellTitle(cell))}`,
      table(columnsFor(alpha, label), cell.metrics),
    ]);
}

function columnsFor(alpha: number, label: string): Column<AbMetric>[] {
  return [
    { title: 'Verdict', kind: 'label', cell: ({ verdict }) => MARKS[verdict] },
    { title: 'Metric', kind: 'label', cell: titleOf },
    { title: 'A', kind: 'number', cell: (one) => formatMedian(one, one.a) },
    { title: label, kind: 'number', cell: (one) => formatMedian(one, one.b) },
    { title: 'Change', kind: 'number', cell: formatChange },
    { title: '95 % interval', kind: 'number', cell: formatChangeInterval },
    {
      title: 'p',
      kind: 'number',
      cell: ({ p_adjusted }) => escapeMarkdown(formatP(p_adjusted, alpha)),
    },
    { title: 'Detectable', kind: 'number', cell: formatDetectable },
    {
      title: 'Needed blocks',
      kind: 'number',
      cell: (one) => escapeMarkdown(formatBlocksNeeded(one)),
    },
  ];
}
