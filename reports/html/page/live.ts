/** The script of a live page: replaces the parts of the page as their events come. */
import { gridHtml } from '../view/grid.js';
import type { LiveEvent, LivePart, LogLine, TileModel } from '../view/live.js';
import type { TableModel } from '../view/model.js';
import { tableHtml } from '../view/table.js';
import { type DrawnChart, drawChart } from './charts.js';
import { byId, make } from './elements.js';
import { type ShownTable, showTable } from './table.js';

const MARKS = { VALID: '✔', SUSPECT: '⚠', INVALID: '✘' } as const;

const charts = new Map<string, DrawnChart>();
const tables = new Map<string, ShownTable>();
const source = new EventSource('events');
let isOver = false;

source.addEventListener('message', ({ data }) => {
  const { id, part } = JSON.parse(data as string) as LiveEvent;
  if (part.kind !== 'end') {
    show(id, part);
    return;
  }
  isOver = true;
  source.close();
  showEnd(part);
});
source.addEventListener('open', () => say(''));
source.addEventListener('error', () => {
  if (!isOver) say('The lab does not answer: it has ended, or is too busy. Trying again …');
});

function say(text: string): void {
  byId('connection').textContent = text;
}

function show(id: string, part: Exclude<LivePart, { kind: 'end' }>): void {
  const room = byId(id);
  if (room.parentElement?.hidden === true) room.parentElement.hidden = false;
  if (part.kind === 'status') {
    document.body.dataset.state = part.state;
    byId('state').textContent = part.state;
    byId('doing').textContent = part.text;
    byId('tiles').replaceChildren(...part.tiles.flatMap(tile));
  } else if (part.kind === 'chart') {
    showChart(id, room, part.chart);
  } else if (part.kind === 'grid') {
    // Every text in it is escaped.
    room.innerHTML = gridHtml(part.grid);
  } else if (part.kind === 'table') {
    showRows(id, room, part.table);
  } else {
    room.replaceChildren(make('ol', { className: 'log' }, ...part.lines.map(line)));
  }
}

/** What is judged may be much, and is sorted and filtered; what is not comes in its order. */
function showRows(id: string, room: HTMLElement, model: TableModel): void {
  if (model.rows.every(({ verdict }) => verdict === null)) {
    room.innerHTML = tableHtml(model);
    return;
  }
  const table = tables.get(id) ?? showTable(room);
  tables.set(id, table);
  table.update(model);
}

function tile({ label, text, hint }: TileModel): HTMLElement[] {
  return [
    make('div', { className: 'tile', title: hint }, make('dt', {}, label), make('dd', {}, text)),
  ];
}

function line({ at, text, status }: LogLine): HTMLElement {
  const mark = status === null ? '' : make('span', { className: 'verdict' }, `${MARKS[status]} `);
  return make(
    'li',
    { className: status?.toLowerCase() ?? '' },
    make('time', {}, at),
    ' ',
    mark,
    text,
  );
}

function showChart(
  id: string,
  room: HTMLElement,
  chart: Extract<LivePart, { kind: 'chart' }>['chart'],
): void {
  const drawn = charts.get(id);
  const section = room.parentElement;
  if (section !== null) section.hidden = chart === null;
  if (chart === null) {
    drawn?.remove();
    charts.delete(id);
  } else if (drawn === undefined) {
    room.replaceChildren();
    charts.set(id, drawChart(room, chart));
  } else {
    drawn.update(chart);
  }
}

function showEnd({ report }: Extract<LivePart, { kind: 'end' }>): void {
  if (report === null) return;
  const href = URL.createObjectURL(new Blob([report], { type: 'text/html;charset=utf-8' }));
  const open = make('a', { href, target: '_blank', rel: 'noopener' }, 'Open the report');
  const save = make('a', { href, download: 'report.html' }, 'Save it as a file');
  const end = byId('end');
  end.replaceChildren(make('p', {}, open, ' · ', save));
  end.hidden = false;
}
