/** The evidence of a choice as a table: a row for each stack behind each link. */
import type { ChoiceDocument, ChoiceFigures, ChoiceStack } from '../../../bench/choose/document.js';
import { standingWords } from '../../choose/rows.js';
import { chance, money, stackName } from '../../choose/words.js';
import { formatBytes, formatMicros, formatPercent, MISSING } from '../../format.js';
import type { TableCell, TableColumn, TableModel } from '../view/model.js';

interface Column extends TableColumn {
  readonly cell: (stack: ChoiceStack, figures: ChoiceFigures) => TableCell;
}

const COLUMNS: readonly Column[] = [
  text('Stack', '', (stack, { doubtful }) => `${doubtful ? '⚠ ' : ''}${stackName(stack)}`),
  text('Standing', 'Against the objectives', standingWords),
  text('Link', 'Between clients and server', (_, { link }) => link),
  number('cost', 'Per 1,000 clients a month', money, ({ cost }) => cost?.per_1000_clients_month),
  number(
    'P(best)',
    'Share of resamplings of the runs in which it is chosen',
    chance,
    (stack) => stack.p_best,
  ),
  number('p99', 'Latency', formatMicros, (_, figures) => figures.p99_us),
  number(
    'staleness p99',
    'Age of what a client holds',
    formatMicros,
    (_, one) => one.staleness_p99_us,
  ),
  number('loss', 'Lost ÷ expected', formatPercent, (_, { loss }) => loss),
  number('server CPU', 'For each message delivered', formatMicros, (_, { cpu_us }) => cpu_us),
  number('IP bytes', 'For each message delivered', formatBytes, (_, { ip_bytes: bytes }) =>
    rounded(bytes),
  ),
  number('memory/client', 'Of the server', formatBytes, (_, { memory_bytes: bytes }) =>
    rounded(bytes),
  ),
  number('runs', 'That count', String, (_, { runs }) => runs),
];

/** The chosen first, else in the order of the document. */
export function evidenceTable({ stacks, answer }: ChoiceDocument): TableModel {
  const chosen = new Set(answer.kind === 'choice' ? answer.stacks : []);
  const places = stacks.map((_, i) => i);
  const order = [...places.filter((i) => chosen.has(i)), ...places.filter((i) => !chosen.has(i))];
  const rows = order.flatMap((i) => stacks[i]!.cells.map((figures) => ({ i, figures })));
  return {
    caption: 'Medians over the runs. ⚠: most of its runs are SUSPECT.',
    columns: COLUMNS.map(({ title, kind, hint }) => ({ title, kind, hint })),
    rows: rows.map(({ i, figures }, k) => ({
      id: `e${k}`,
      name: `${stackName(stacks[i]!)} behind ${figures.link}`,
      verdict: null,
      cells: COLUMNS.map(({ cell }) => cell(stacks[i]!, figures)),
    })),
  };
}

function text(
  title: string,
  hint: string,
  of: (stack: ChoiceStack, figures: ChoiceFigures) => string,
): Column {
  return {
    ...{ title, kind: 'text', hint },
    cell: (stack, figures) => ({ text: of(stack, figures), value: of(stack, figures) }),
  };
}

function number(
  title: string,
  hint: string,
  format: (value: number) => string,
  of: (stack: ChoiceStack, figures: ChoiceFigures) => number | null | undefined,
): Column {
  return {
    ...{ title, kind: 'number', hint },
    cell: (stack, figures) => {
      const value = of(stack, figures) ?? null;
      return { text: value === null ? MISSING : format(value), value };
    },
  };
}

function rounded(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes);
}
