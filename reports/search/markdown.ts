/** A search as Markdown: its page, and what a pull request is given. A pure function of it. */
import type {
  SearchCombination,
  SearchDocument,
  SearchTrial,
} from '../../bench/search/document.js';
import { formatCount, formatFigure, formatMicros, formatPercent } from '../format.js';
import {
  bullets,
  type Column,
  codeSpan,
  escapeMarkdown,
  section,
  table,
} from '../markdown/text.js';
import { type LoadRow, loadFigures, loadRows } from './loads.js';
import { answerFacts, searchNotes } from './notes.js';
import { answerText, bareLoad, LOAD_TITLES, loadText, methodText, outcomeText } from './words.js';

/** Without the chart, which is a file of its own. */
export function renderSearchMarkdown(document: SearchDocument): string {
  return page(document, null);
}

/** @param chart name of the file beside the page; null = there is none */
export function page(document: SearchDocument, chart: string | null): string {
  const { command, started_at, combinations, goals } = document;
  const loads = goals.map(({ expression }) => codeSpan(expression)).join(', and at which ');
  const blocks = [
    `# The largest ${LOAD_TITLES[document.vary] === 'payload' ? 'payload' : `number of ${LOAD_TITLES[document.vary]}`}`,
    `At which ${loads} holds. Measured ${escapeMarkdown(started_at)}${machineText(document)}.`,
    bullets(searchNotes(document).map(escapeMarkdown)),
    table(answerColumns(document), answerRows(document)),
    chart === null ? '' : `![Every trial of the search](${chart})`,
    ...combinations.map((one) => combinationText(one, document)),
    section('How to read it', escapeMarkdown(methodText(document))),
    section('Reproduce', bullets([codeSpan(command)])),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function machineText({ machine }: SearchDocument): string {
  return machine === null ? '' : `, on ${escapeMarkdown(machine.cpu)} with ${machine.cores} cores`;
}

interface AnswerRow {
  readonly one: SearchCombination;
  readonly goal: number;
}

function answerRows({ combinations, goals }: SearchDocument): AnswerRow[] {
  return combinations.flatMap((one) => goals.map((_, goal) => ({ one, goal })));
}

function answerColumns(document: SearchDocument): Column<AnswerRow>[] {
  return [
    { title: 'Combination', kind: 'label', cell: ({ one }) => escapeMarkdown(one.name) },
    ...(document.goals.length === 1
      ? []
      : [
          {
            title: 'Goal',
            kind: 'label',
            cell: ({ goal }: AnswerRow) => codeSpan(document.goals[goal]!.expression),
          } as const,
        ]),
    {
      title: 'Answer',
      kind: 'text',
      cell: ({ one, goal }) => escapeMarkdown(answerText(one.answers[goal]!, document)),
    },
  ];
}

function combinationText(one: SearchCombination, document: SearchDocument): string {
  const { goals } = document;
  const parts = goals.flatMap(({ expression }, goal) => [
    ...(goals.length === 1 ? [] : [`### ${escapeMarkdown(expression)}`]),
    bullets(
      answerFacts(one.answers[goal]!, document).map(
        ([label, text]) => `**${label}**: ${escapeMarkdown(text)}`,
      ),
    ),
    table(loadColumns(document), loadRows(one, goal, document)),
  ]);
  return section(
    escapeMarkdown(one.name),
    ...parts,
    ...profileText(one, document),
    details(
      `All ${one.trials.length} trials, in their order`,
      table(trialColumns(document), one.trials),
    ),
  );
}

function loadColumns(document: SearchDocument): Column<LoadRow>[] {
  const { vary: axis } = document;
  return [
    { title: LOAD_TITLES[axis], kind: 'number', cell: ({ load }) => bareLoad(axis, load) },
    { title: 'Bound', kind: 'label', cell: ({ bound }) => bound ?? '' },
    { title: 'Full-length', kind: 'label', cell: ({ full }) => full },
    { title: 'Short', kind: 'label', cell: ({ short }) => short },
    ...loadFigures(document).map(
      ({ title, text }): Column<LoadRow> => ({
        title,
        kind: 'number',
        cell: (row) => escapeMarkdown(text(row)),
      }),
    ),
    { title: 'Deliveries/s', kind: 'number', cell: ({ deliveries }) => formatCount(deliveries) },
  ];
}

function profileText({ profile }: SearchCombination, { vary }: SearchDocument): string[] {
  if (profile.length === 0) return [];
  type Row = (typeof profile)[number];
  const columns: Column<Row>[] = [
    { title: 'Of the capacity', kind: 'number', cell: ({ share }) => formatPercent(share) },
    { title: LOAD_TITLES[vary], kind: 'number', cell: ({ load }) => bareLoad(vary, load) },
    { title: 'p50', kind: 'number', cell: ({ p50_us }) => formatMicros(p50_us) },
    { title: 'p99', kind: 'number', cell: ({ p99_us }) => formatMicros(p99_us) },
    { title: 'Loss', kind: 'number', cell: (row) => escapeMarkdown(formatPercent(row.loss_ratio)) },
    { title: 'Verdict', kind: 'label', cell: ({ verdict }) => verdict },
  ];
  return ['Latency below the capacity, one trial each:', table(columns, profile)];
}

function trialColumns({ vary, goals }: SearchDocument): Column<SearchTrial>[] {
  const metrics = [
    ...new Set(goals.flatMap(({ objectives }) => objectives.map((one) => one.metric))),
  ];
  const unitOf = (metric: string) =>
    goals.flatMap(({ objectives }) => objectives).find((one) => one.metric === metric)!.unit;
  return [
    { title: 'At', kind: 'number', cell: ({ at_s }) => `${at_s.toFixed(0)} s` },
    { title: 'Load', kind: 'number', cell: ({ load }) => loadText(vary, load) },
    { title: 'Window', kind: 'number', cell: ({ duration_s }) => `${duration_s} s` },
    ...goals.map(
      ({ expression }, i): Column<SearchTrial> => ({
        title: goals.length === 1 ? 'Outcome' : escapeMarkdown(expression),
        kind: 'label',
        cell: ({ judgements }) => escapeMarkdown(outcomeText(judgements[i]!)),
      }),
    ),
    ...metrics.map(
      (metric): Column<SearchTrial> => ({
        title: metric,
        kind: 'number',
        cell: ({ figures }) =>
          escapeMarkdown(
            formatFigure(
              unitOf(metric),
              figures.find((one) => one.metric === metric)?.value ?? null,
            ),
          ),
      }),
    ),
    { title: 'Deliveries/s', kind: 'number', cell: (one) => formatCount(one.deliveries_per_s) },
    { title: 'Findings', kind: 'text', cell: ({ codes }) => escapeMarkdown(codes.join(', ')) },
  ];
}

function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}
