/** A search on a terminal: the answers, what stands behind each, and its trials by load. Pure. */
import type { SearchCombination, SearchDocument } from '../../bench/search/document.js';
import { formatCount, formatMicros, formatPercent, trimmed } from '../../reports/format.js';
import { type LoadRow, loadFigures, loadRows } from '../../reports/search/loads.js';
import { answerFacts, searchNotes } from '../../reports/search/notes.js';
import {
  answerText,
  bareLoad,
  LOAD_TITLES,
  loadText,
  methodText,
} from '../../reports/search/words.js';
import { type Column, renderGrid } from '../ui/grid.js';
import type { Style } from '../ui/style.js';
import { MAX_WIDTH, wrap } from '../ui/text.js';

const COLOURS = {
  found: 'green',
  unbounded: 'green',
  unmet: 'red',
  instrument: 'yellow',
  open: 'yellow',
} as const;

/** Ends in a newline. `width`: columns of the terminal. */
export function renderSearch(document: SearchDocument, width: number, style: Style): string {
  const columns = Math.min(width, MAX_WIDTH);
  const notes = searchNotes(document).map((note) =>
    note.startsWith('⚠')
      ? style('yellow', wrap(note, columns, '  '))
      : wrap(`· ${note}`, columns, '  '),
  );
  const blocks = [
    ...document.combinations
      .filter(({ trials }) => trials.length > 0)
      .flatMap((one) =>
        document.goals.map((_, goal) => block(one, goal, document, columns, style)),
      ),
    notes.join('\n'),
    style('dim', wrap(methodText(document), columns)),
  ];
  return `${blocks.filter((text) => text !== '').join('\n\n')}\n`;
}

function block(
  one: SearchCombination,
  goal: number,
  document: SearchDocument,
  width: number,
  style: Style,
): string {
  const answer = one.answers[goal]!;
  const { expression } = document.goals[goal]!;
  const head = wrap(`${one.name}: ${expression} ${answerText(answer, document)}`, width, '  ');
  const facts = answerFacts(answer, document);
  const room = Math.max(0, ...facts.map(([label]) => label.length)) + 2;
  const lines = facts.map(([label, text], i) => {
    const shown = facts[i - 1]?.[0] === label ? '' : label;
    const body = wrap(text, width - room - 2).replaceAll('\n', `\n${' '.repeat(room + 2)}`);
    return `  ${style('cyan', shown.padEnd(room))}${body}`;
  });
  return [
    style(['bold', COLOURS[answer.status]], head),
    ...lines,
    '',
    renderGrid(
      columnsFor(document),
      [{ title: null, rows: loadRows(one, goal, document) }],
      width,
      style,
    ),
    ...(goal === 0 ? profileLines(one, document, width) : []),
  ].join('\n');
}

function columnsFor(document: SearchDocument): Column<LoadRow>[] {
  const { vary } = document;
  return [
    { title: LOAD_TITLES[vary], align: 'right', cell: ({ load }) => bareLoad(vary, load) },
    {
      title: 'bound',
      align: 'left',
      cell: ({ bound }) => bound ?? '',
      format: ({ bound }) => (bound === 'upper' ? 'red' : bound === 'lower' ? 'green' : null),
    },
    { title: 'full-length', align: 'left', cell: ({ full }) => full },
    { title: 'short', align: 'left', cell: ({ short }) => short },
    ...loadFigures(document).map(
      ({ title, text }, i): Column<LoadRow> => ({
        ...{ title, align: 'right', cell: text },
        ...(i > 1 ? { spare: i } : {}),
      }),
    ),
    {
      title: 'deliveries/s',
      align: 'right',
      cell: ({ deliveries }) => formatCount(deliveries),
      spare: 1,
    },
  ];
}

function profileLines(
  { profile }: SearchCombination,
  { vary }: SearchDocument,
  width: number,
): string[] {
  if (profile.length === 0) return [];
  return [
    '',
    ...profile.map(
      ({ share, load, p50_us, p99_us, loss_ratio }) =>
        `  ${wrap(`at ${trimmed(formatPercent(share))} of the capacity (${loadText(vary, load)}): p50 ${formatMicros(p50_us)}, p99 ${formatMicros(p99_us)}, loss ${formatPercent(loss_ratio)}`, width - 2, '    ')}`,
    ),
  ];
}
