/** Where and how it was measured, and the command that does it again. */

import type { CellResult, DoctorCheck, LabResult } from '../../../bench/result/result.js';
import { isTarget, localServer, settingsByName } from '../../../bench/result/server.js';
import { formatBytes, formatInteger, formatSeconds, MISSING } from '../../format.js';
import { groupBy, isRepeated, listWords, loadSuffix, markedNames } from '../../model/cells.js';
import {
  bullets,
  type Column,
  codeBlock,
  codeSpan,
  escapeMarkdown,
  section,
  table,
} from '../text.js';

type Entry = readonly [name: string, value: string];

const ENTRY_COLUMNS: readonly Column<Entry>[] = [
  { title: 'What', kind: 'text', cell: ([name]) => name },
  { title: 'Value', kind: 'text', cell: ([, value]) => value },
];

export function environmentSection(result: LabResult): string {
  const { environment: env } = result;
  const text = (value: string | null): string =>
    value === null ? 'unknown' : escapeMarkdown(value);
  const entries: Entry[] = [
    [
      'System',
      `${escapeMarkdown(env.os)}, kernel ${escapeMarkdown(env.kernel)}, ${escapeMarkdown(env.arch)}`,
    ],
    [
      'CPU',
      `${escapeMarkdown(env.cpu)}, ${env.cores} cores${quota(env)}, governor ${text(env.governor)}`,
    ],
    ['Memory', formatBytes(env.memory_bytes)],
    ['Node', escapeMarkdown(env.node)],
    [
      'Load average before (1 min)',
      env.load_average_1m === null ? 'unknown' : env.load_average_1m.toFixed(2),
    ],
    [
      'Open files limit',
      env.open_files_limit === null ? 'unknown' : formatInteger(env.open_files_limit),
    ],
    ...sorted(env.sysctls).map(([name, value]): Entry => [codeSpan(name), text(value)]),
    ['Git', text(env.git)],
  ];
  const unknown =
    env.unknown.length === 0
      ? ''
      : `This platform cannot tell:\n\n${bullets(env.unknown.map(escapeMarkdown))}`;
  return section(
    'Environment',
    table(ENTRY_COLUMNS, entries),
    unknown,
    doctor(env.doctor),
    buffers(result),
  );
}

function quota({ cpu_quota_cores: cpus }: LabResult['environment']): string {
  return cpus === null ? '' : `, a quota of ${Number(cpus.toFixed(2))} CPUs`;
}

const DOCTOR_COLUMNS: readonly Column<DoctorCheck>[] = [
  { title: '`lab doctor`', kind: 'label', cell: ({ check }) => escapeMarkdown(check) },
  { title: 'Verdict', kind: 'label', cell: ({ status }) => status },
  { title: 'Found', kind: 'text', cell: ({ value }) => escapeMarkdown(value) },
  { title: 'What to do', kind: 'text', cell: ({ advice }) => escapeMarkdown(advice ?? '') },
];

/**
 * What may have spoiled the measurement, or that nothing did; what was not or could not be checked
 * is no all-clear.
 */
function doctor(checks: readonly DoctorCheck[]): string {
  if (checks.length === 0) return '';
  const found = checks.filter(({ status }) => status === 'warn' || status === 'bad');
  if (found.length > 0) return table(DOCTOR_COLUMNS, found);
  const unchecked = checks.filter(({ status }) => status === 'unknown').map(({ check }) => check);
  const but =
    unchecked.length === 0 ? '' : `; it could not check: ${escapeMarkdown(unchecked.join(', '))}`;
  return `\`lab doctor\`: all ok${but}.`;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function buffers(result: LabResult): string {
  const bytes = (value: number | null, none: string): string =>
    value === null ? none : formatBytes(value);
  // Each run of a cell has sockets of its own, and as a rule of the same sizes: said once.
  const settings = ({ transport, codec, sockets }: CellResult): string =>
    JSON.stringify([transport, codec, sockets]);
  const rows = isRepeated(result)
    ? [...groupBy(result.cells, (cell) => settings(cell) + loadSuffix(cell, result)).values()]
    : result.cells.map((cell) => [cell]);
  const columns: Column<CellResult[]>[] = [
    {
      title: 'Socket buffers',
      kind: isRepeated(result) ? 'text' : 'label',
      cell: (cells) => escapeMarkdown(listWords(markedNames(cells, result))),
    },
    ...(['receive', 'send'] as const).flatMap((side): Column<CellResult[]>[] => [
      {
        title: `${side} requested`,
        kind: 'number',
        cell: ([cell]) => bytes(cell!.sockets[`${side}_buffer_requested_bytes`], 'default'),
      },
      {
        title: `${side} effective`,
        kind: 'number',
        cell: ([cell]) => bytes(cell!.sockets[`${side}_buffer_bytes`], 'cannot tell'),
      },
    ]),
    { title: 'Note', kind: 'text', cell: ([cell]) => escapeMarkdown(cell!.sockets.note ?? '') },
  ];
  return table(columns, rows);
}

export function reproductionSection(result: LabResult): string {
  const { effective, supplied } = result.config;
  const entries = sorted(settingsByName(effective)).flatMap(([name, value]) =>
    settings(name, value),
  );
  const given = supplied.length === 0 ? 'nothing: all defaults' : codeSpan(supplied.join(' '));
  return section(
    'Reproduce',
    `Given on the command line: ${given}. In effect:`,
    table(ENTRY_COLUMNS, entries),
    feeds(result),
  );
}

/** At the end of the page, where somebody looks for it. */
export function commandBlock({ seed, command }: LabResult): string {
  return `The exact command, seed ${seed} included:\n\n${codeBlock(command, 'sh')}`;
}

/** A row for each member of what is an object, such as how a recording was read. */
function settings(name: string, value: unknown): Entry[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([member, one]) => settings(`${name}.${member}`, one));
  }
  if (value === null) return [[codeSpan(name), 'not set']];
  const text = Array.isArray(value) ? value.join(', ') || 'none' : String(value);
  return [[codeSpan(name), escapeMarkdown(text)]];
}

/** How each pair was sent and which feed it carried; what all share is said once. */
function feeds(result: LabResult): string {
  const { cells } = result;
  const groups = groupBy(cells, (cell) =>
    JSON.stringify([sending(cell), cell.decode, cell.receiver, cell.duration_s, cell.warmup_s]),
  );
  const items = [...groups.values()].map((group) => {
    const [cell] = group;
    const who =
      group.length === cells.length
        ? 'All cells'
        : listWords(markedNames(group, result).map(escapeMarkdown));
    const { hash, flush, sender, policy } = sending(cell!);
    const how = [
      ...named('flush', flush),
      ...named('sender', sender),
      `decode ${cell!.decode}`,
      `receiver ${cell!.receiver ?? 'node'}`,
      ...named('policy', policy),
      `${formatSeconds(cell!.duration_s)} after ${formatSeconds(cell!.warmup_s)} warm-up`,
    ];
    const feed = isTarget(cell!)
      ? 'the feed is that of the server'
      : `feed SHA-256 ${hash === null ? MISSING : codeSpan(hash)}`;
    return `${who}: ${escapeMarkdown(how.join(', '))}; ${feed}`;
  });
  return bullets(items);
}

/** What tells how the cells were sent; null of a server that was running already. */
function sending(cell: CellResult): Record<'hash' | 'flush' | 'sender' | 'policy', string | null> {
  const local = localServer(cell);
  return {
    hash: local?.feed_sha256 ?? null,
    flush: local?.flush ?? null,
    sender: local?.sender ?? null,
    policy: local?.policy ?? null,
  };
}

/** Nothing of what is not known. */
function named(name: string, value: string | null): string[] {
  return value === null ? [] : [`${name} ${value}`];
}
