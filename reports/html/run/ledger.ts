/** Where every message went, as bars: what was delivered, and of the rest what took how much. */
import type { Ledger } from '../../../bench/result/result.js';
import { element } from '../../charts/svg.js';
import { formatInteger, formatPercent, MISSING } from '../../format.js';
import { type CellRuns, sumOf } from '../../model/cell-runs.js';
import { escapeHtml } from '../view/escape.js';
import type { TableRow } from '../view/model.js';
import { verdictOf } from './figures-table.js';

/** In the order of the ledger; each has the colour `l` and its place in the style sheet. */
const PARTS = [
  { key: 'delivered', name: 'delivered' },
  { key: 'send_errors', name: 'send errors' },
  { key: 'dropped_by_policy', name: 'dropped by policy' },
  { key: 'conflated', name: 'conflated' },
  { key: 'kernel_receive_drops', name: 'kernel drops' },
  { key: 'network_lost', name: 'network' },
  { key: 'late', name: 'late' },
  { key: 'unattributed', name: 'unattributed' },
] as const satisfies readonly { readonly key: keyof Ledger; readonly name: string }[];

const WIDTH = 220;
const HEIGHT = 14;

interface Part {
  readonly place: number;
  readonly name: string;
  readonly count: number;
}

/** A row for each cell, over the runs that count. `rows`: those of the table of figures. */
export function ledgerHtml(
  cells: readonly { readonly id: string; readonly one: CellRuns }[],
  rows: readonly TableRow[],
): string {
  const heads = ['Verdict', 'Cell', 'Expected', 'Delivered', 'Missing, by cause'];
  return [
    `<ul class="keys">${PARTS.map(({ name }, i) => `<li>${swatch(i)} ${name}</li>`).join('')}</ul>`,
    '<div class="scroll" tabindex="0" role="region" aria-label="Ledger"><table class="ledger">',
    '<caption>In (message, client) pairs of the window, over the runs that count. The first bar ends at all that was expected, the second at all that is missing.</caption>',
    `<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>`,
    ...cells.map(({ one }, i) => rowHtml(one, rows[i]!.name)),
    '</tbody></table></div>',
  ].join('\n');
}

function rowHtml(one: CellRuns, name: string): string {
  const expected = sumOf(one, ({ ledger }) => ledger.expected);
  const { status, text } = verdictOf(one);
  const head = `<td class="verdict">${escapeHtml(text)}</td><th scope="row">${escapeHtml(name)}</th>`;
  const row = (cells: string): string => `<tr class="${status.toLowerCase()}">${head}${cells}</tr>`;
  if (expected === null || expected === 0) {
    return row(`<td class="n" data-v="">${MISSING}</td><td colspan="2">no account was left</td>`);
  }
  const [delivered, ...causes] = PARTS.map(({ key, name: called }, place): Part => {
    // What nobody can tell is in no account, and the rest is unattributed.
    const counts = one.counted.map(({ ledger }) => ledger[key] ?? 0);
    return { place, name: called, count: counts.reduce((sum, count) => sum + count, 0) };
  });
  const missing = expected - delivered!.count;
  const there = causes.filter(({ count }) => count !== 0);
  return row(
    [
      `<td class="n" data-v="${expected}">${formatInteger(expected)}</td>`,
      `<td data-v="${delivered!.count / expected}">${formatPercent(delivered!.count / expected)}${bar([delivered!], expected)}</td>`,
      `<td data-v="${missing / expected}">${missing === 0 ? 'nothing' : escapeHtml(causeWords(there, expected)) + bar(there, missing)}</td>`,
    ].join(''),
  );
}

/** A negative one was counted twice; it is said and has no length. */
function causeWords(causes: readonly Part[], expected: number): string {
  return causes
    .map(
      ({ name, count }) => `${name} ${formatInteger(count)} (${formatPercent(count / expected)})`,
    )
    .join(', ');
}

/** Hidden from readers of the screen: the figures stand beside it. */
function bar(parts: readonly Part[], whole: number): string {
  let x = 0;
  const rects = parts.map(({ place, count }) => {
    const width = (Math.max(0, count) / whole) * WIDTH;
    const rect = element('rect', { class: `l${place}`, x, y: 0, width, height: HEIGHT });
    x += width;
    return rect;
  });
  const frame = element('rect', {
    ...{ x: 0.5, y: 0.5, width: WIDTH - 1, height: HEIGHT - 1, class: 'fn sd' },
  });
  return svg(WIDTH, [...rects, frame]);
}

function swatch(place: number): string {
  const rect = element('rect', { class: `l${place}`, x: 0, y: 0, width: 12, height: 12 });
  return svg(12, [rect], 12);
}

function svg(width: number, children: readonly string[], height = HEIGHT): string {
  const attributes = { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' };
  return element('svg', attributes, children.join(''));
}
