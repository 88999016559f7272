/** What the doctor found, on a terminal: the verdicts, then what to do. Pure. */
import type { DoctorCheck } from '../../bench/result/result.js';
import { plural } from '../../reports/model/cells.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { MAX_WIDTH, wrap } from './text.js';

const MARKS = { ok: '✔', warn: '!', bad: '✘', unknown: '?' } as const satisfies Record<
  DoctorCheck['status'],
  string
>;

const COLORS = {
  ok: 'green',
  warn: 'yellow',
  bad: 'red',
  unknown: 'dim',
} as const satisfies Record<DoctorCheck['status'], string>;

const COLUMNS: readonly Column<DoctorCheck>[] = [
  {
    title: 'verdict',
    align: 'left',
    cell: ({ status }) => mark(status),
    format: ({ status }) => COLORS[status],
  },
  { title: 'check', align: 'left', cell: ({ check }) => check },
  { title: 'found', align: 'left', cell: ({ value }) => value, shrinkTo: 20 },
];

/**
 * Ends in a newline. An advice is never cut: it may be a command to copy. `width`: columns of the
 * terminal.
 */
export function renderDoctor(checks: readonly DoctorCheck[], width: number, style: Style): string {
  const advised = checks.filter(({ advice }) => advice !== null);
  const lines = advised.flatMap(({ status, check, value, advice }) => [
    wrap(`${mark(status)} ${check}: ${value}`, width, '  ').replace(
      mark(status),
      style(COLORS[status], mark(status)),
    ),
    `  → ${advice}`,
  ]);
  const blocks = [
    renderGrid(COLUMNS, [{ title: null, rows: checks }], width, style),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    wrap(summary(checks), Math.min(width, MAX_WIDTH), '  '),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function mark(status: DoctorCheck['status']): string {
  return `${MARKS[status]} ${status}`;
}

/** `9 checks are fine, 1 costs accuracy: follow the arrows above, then run lab doctor again`. */
function summary(checks: readonly DoctorCheck[]): string {
  const count = (status: DoctorCheck['status']): number =>
    checks.filter((check) => check.status === status).length;
  const said = (status: DoctorCheck['status'], one: string, many: string): string[] => {
    const n = count(status);
    return n === 0 ? [] : [`${plural(n, 'check')} ${n === 1 ? one : many}`];
  };
  const counts = [
    ...said('ok', 'is fine', 'are fine'),
    ...said('warn', 'may cost accuracy', 'may cost accuracy'),
    ...said('bad', 'spoils every figure', 'spoil every figure'),
    ...said('unknown', 'cannot be told here', 'cannot be told here'),
  ].join(', ');
  const advised = checks.some(({ advice }) => advice !== null);
  return advised ? `${counts}: do what the arrows say, then run lab doctor again` : counts;
}
