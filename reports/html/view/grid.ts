/** A matrix that fills, as HTML. */
import { escapeHtml } from './escape.js';
import type { GridModel, GridState } from './live.js';

/** A mark and a word for each: no state is told by its colour alone. */
const STATES: Readonly<Record<GridState, readonly [mark: string, word: string]>> = {
  VALID: ['✔', 'VALID'],
  SUSPECT: ['⚠', 'SUSPECT'],
  INVALID: ['✘', 'INVALID'],
  running: ['▶', 'running'],
  waiting: ['·', 'waiting'],
};

export function gridHtml({ rows, hidden }: GridModel): string {
  const most = Math.max(0, ...rows.map(({ runs }) => runs.length));
  const heads = Array.from({ length: most }, (_, i) => `<th scope="col" class="n">${i + 1}</th>`);
  const body = rows.map(({ name, runs }) => {
    const cells = Array.from({ length: most }, (_, i) => stateHtml(runs[i]));
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join('')}</tr>`;
  });
  const legend = Object.values(STATES).map(([mark, word]) => `${mark} ${word}`);
  const more = hidden === 0 ? '' : `; ${hidden} more cells are not shown`;
  return [
    `<p><small>${legend.join(' &#160; ')}${more}. A column is a run of every cell.</small></p>`,
    `<table class="grid"><thead><tr><th scope="col">Cell</th>${heads.join('')}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody></table>`,
  ].join('\n');
}

function stateHtml(state: GridState | undefined): string {
  if (state === undefined) return '<td></td>';
  const [mark, word] = STATES[state];
  return `<td class="state ${state.toLowerCase()}" title="${word}"><span class="verdict">${mark}</span></td>`;
}
