/** A table as HTML, the same in a file and on a live page. */
import { escapeHtml } from './escape.js';
import type { TableCell, TableColumn, TableModel, TableRow, VerdictModel } from './model.js';

const MARKS = { VALID: '', SUSPECT: '⚠ ', INVALID: '✘ ' } as const;

/**
 * Each row begins with its verdict. Every figure of a row that is not VALID has the mark of the
 * verdict too, so that no sorted, filtered or scrolled view can part them.
 */
export function tableHtml({ caption, columns, rows }: TableModel): string {
  const judged = rows.some(({ verdict }) => verdict !== null);
  const heads = [
    ...(judged ? [head({ title: 'Verdict', kind: 'text', hint: '' })] : []),
    ...columns.map(head),
  ];
  return [
    `<table><caption>${escapeHtml(caption)}</caption>`,
    `<thead><tr>${heads.join('')}</tr></thead>`,
    '<tbody>',
    ...rows.map((row) => rowHtml(row, columns, judged)),
    '</tbody></table>',
  ].join('\n');
}

function head({ title, kind, hint }: TableColumn): string {
  const help = hint === '' ? '' : ` title="${escapeHtml(hint)}"`;
  return `<th scope="col"${kind === 'number' ? ' class="n"' : ''}${help}>${escapeHtml(title)}</th>`;
}

function rowHtml(
  { id, verdict, cells }: TableRow,
  columns: readonly TableColumn[],
  judged: boolean,
): string {
  const status = verdict?.status ?? 'VALID';
  const attributes = judged ? ` class="${status.toLowerCase()}"` : '';
  const figures = cells.map((cell, i) =>
    i === 0
      ? `<th scope="row">${escapeHtml(cell.text)}</th>`
      : figure(cell, columns[i]!.kind, MARKS[status]),
  );
  const said = judged ? verdictHtml(verdict) : '';
  return `<tr id="${escapeHtml(rowId(id))}"${attributes}>${said}${figures.join('')}</tr>`;
}

export function rowId(id: string): string {
  return `row-${id}`;
}

/** Sorted by how bad it is. */
function verdictHtml(verdict: VerdictModel | null): string {
  if (verdict === null) return '<td></td>';
  const { status, text, codes } = verdict;
  const rank = ['VALID', 'SUSPECT', 'INVALID'].indexOf(status);
  const why =
    codes.length === 0
      ? ''
      : `<a href="#reasons"><small>${codes.map(escapeHtml).join(', ')}</small></a>`;
  return `<td class="verdict" data-v="${rank}">${escapeHtml(text)}${why}</td>`;
}

/** What sorts as it reads needs no key. */
function figure(
  { text, detail, value, tone, doubt }: TableCell,
  kind: TableColumn['kind'],
  mark: string,
): string {
  const key = value === null ? ' data-v=""' : value === text ? '' : ` data-v="${keyText(value)}"`;
  const number = kind === 'number';
  const [shown, why] =
    doubt === undefined
      ? [number && value !== null ? `${mark}${text}` : text, '']
      : [`⚠ ${text}`, ` title="${escapeHtml(doubt)}"`];
  const below = detail === undefined ? '' : `<br><small>${escapeHtml(detail)}</small>`;
  const classes = [...(number ? ['n'] : []), ...(tone === undefined ? [] : [tone])].join(' ');
  return `<td${classes === '' ? '' : ` class="${classes}"`}${key}${why}>${escapeHtml(shown)}${below}</td>`;
}

/** Of a number six digits: nobody tells more of them apart in a column. */
function keyText(value: number | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : escapeHtml(value);
}
