/** Zoom, hover, and any two cells over each other. */
import type { ChartModel, PageModel } from '../view/model.js';
import { pairTable } from '../view/pair.js';
import { tableHtml } from '../view/table.js';
import { type DrawnChart, drawChart } from './charts.js';
import { make } from './elements.js';

/** More lines are not told apart; which they are can be chosen. */
const MOST_AT_FIRST = 8;

/** Fills the room with the charts of the model, and fields that choose what is in them. */
export function explore(room: HTMLElement, { table, charts }: PageModel): void {
  const drawable = charts.filter(({ series }) => series.length > 0);
  if (drawable.length === 0) return;
  const rows = table.rows.filter(({ id }) =>
    drawable.some(({ series }) => series.some((one) => one.id === id)),
  );
  const names = rows.map(({ id, verdict, name }) => ({
    id,
    text: verdict === null ? name : `${verdict.text} ${name}`,
  }));
  const [a, b] = [chooser('A', names), chooser('B', names)];
  const pair = make('div', { className: 'scroll' });
  room.append(
    make(
      'p',
      {},
      'Choose two cells to see only these. Drag over a chart to zoom in; double-click to see all of it.',
    ),
    make('p', { className: 'tools' }, a.label, b.label),
    pair,
  );
  const rooms = drawable.map(({ title }) => {
    const place = make('div', { className: 'plot' });
    room.append(make('figure', {}, make('figcaption', {}, title), place));
    return place;
  });
  let drawn: DrawnChart[] = [];
  const show = (): void => {
    for (const chart of drawn) chart.remove();
    const chosen = [a.select.value, b.select.value].filter((id) => id !== '');
    drawn = drawable.map((model, i) => drawChart(rooms[i]!, only(model, chosen)));
    const [left, right] = [a, b].map(({ select }) => rows.find(({ id }) => id === select.value));
    pair.innerHTML =
      left === undefined || right === undefined ? '' : tableHtml(pairTable(table, left, right));
  };
  a.select.addEventListener('change', show);
  b.select.addEventListener('change', show);
  room.hidden = false;
  show();
}

function chooser(
  title: string,
  names: readonly { readonly id: string; readonly text: string }[],
): { readonly label: HTMLLabelElement; readonly select: HTMLSelectElement } {
  const select = make('select', {}, make('option', { value: '' }, 'all'));
  for (const { id, text } of names) select.append(make('option', { value: id }, text));
  return { label: make('label', {}, `${title}: `, select), select };
}

function only(model: ChartModel, ids: readonly string[]): ChartModel {
  const series =
    ids.length === 0
      ? model.series.slice(0, MOST_AT_FIRST)
      : model.series.filter(({ id }) => ids.includes(id));
  // Two of one colour and dash would be one line.
  const alike = new Set(series.map(({ style }) => style % 8)).size < series.length;
  return { ...model, series: alike ? series.map((one, i) => ({ ...one, style: i })) : series };
}
