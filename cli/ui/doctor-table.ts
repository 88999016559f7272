/** What the doctor found, on a terminal: the verdicts, then what to do. Pure. */
import type { DoctorCheck } from '../../bench/result/result.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { wrap } from './text.js';

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
    summary(checks),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function mark(status: DoctorCheck['status']): string {
  return `${MARKS[status]} ${status}`;
}

function summary(checks: readonly DoctorCheck[]): string {
  const count = (status: DoctorCheck['status']): number =>
    checks.filter((check) => check.status === status).length;
  return `${count('ok')} ok, ${count('warn')} may cost accuracy, ${count('bad')} will, ${count('unknown')} cannot be told here`;
}
