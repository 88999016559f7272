/** What was asked of a link and found, and which links have a name, on a terminal. Pure. */
import type { Profile } from '../../bench/link/spec/profiles.js';
import type { LinkCheck } from '../../bench/link/verify/check.js';
import type { Verification } from '../../bench/link/verify/judge.js';
import { MISSING } from '../../reports/format.js';
import { allowedText, valueText } from '../../reports/text/link-notes.js';
import { type Column, renderGrid } from './grid.js';
import type { Style } from './style.js';
import { wrap } from './text.js';

const COLUMNS: readonly Column<LinkCheck>[] = [
  {
    title: 'verdict',
    align: 'left',
    cell: ({ ok, achieved }) => (achieved === null ? '? unknown' : ok ? '✔ ok' : '✘ bad'),
    format: ({ ok, achieved }) => (achieved === null ? 'dim' : ok ? 'green' : 'red'),
  },
  { title: 'figure', align: 'left', cell: ({ what }) => what, shrinkTo: 20 },
  { title: 'requested', align: 'right', cell: (row) => valueText(row, row.requested) },
  { title: 'achieved', align: 'right', cell: (row) => valueText(row, row.achieved) },
  { title: 'allowed', align: 'right', cell: allowedText },
];

const TITLES = {
  up: 'up: client to server',
  down: 'down: server to client',
  both: 'the emulator',
} as const;

/** Ends in a newline. */
export function renderVerification(
  name: string,
  { checks, passed }: Verification,
  width: number,
  style: Style,
): string {
  const groups = (['up', 'down', 'both'] as const).map((direction) => ({
    title: TITLES[direction],
    rows: checks.filter((check) => check.direction === direction),
  }));
  const grid = renderGrid(COLUMNS, groups, width, style);
  const failed = checks.filter(({ ok }) => !ok).length;
  const outcome = passed
    ? `✔ the link ${name} does what it was asked to`
    : `✘ the link ${name} is not to be used: ${failed} of ${checks.length} figures are outside`;
  return `${grid}\n\n${style(passed ? 'green' : 'red', outcome)}\n`;
}

interface NamedProfile extends Profile {
  readonly name: string;
}

const PROFILE_COLUMNS: readonly Column<NamedProfile>[] = [
  { title: 'profile', align: 'left', cell: ({ name }) => name },
  { title: 'parts', align: 'left', cell: ({ parts }) => parts || MISSING },
];

/** Ends in a newline. */
export function renderProfiles(
  profiles: Readonly<Record<string, Profile>>,
  width: number,
  style: Style,
): string {
  const rows = Object.entries(profiles).map(([name, profile]) => ({ name, ...profile }));
  const sources = rows.map(({ name, source, assumed }) =>
    wrap(`${name}: ${source}${assumed === undefined ? '' : `; assumed: ${assumed}`}`, width, '  '),
  );
  const grid = renderGrid(PROFILE_COLUMNS, [{ title: null, rows }], width, style);
  return `${grid}\n\nSources:\n${sources.join('\n')}\n`;
}
