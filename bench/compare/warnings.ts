/** Why a difference between two results may be none between what was meant to be compared. */

import type { EffectiveConfig, Environment, LabResult } from '../result/result.js';
import { localServer, type SettingName, settingsByName } from '../result/server.js';
import type { CellRuns } from './cells.js';
import type { CompareWarning } from './comparison.js';

/** One of the two results, with its label. */
export interface Labelled {
  readonly label: string;
  readonly result: LabResult;
  readonly cells: ReadonlyMap<string, CellRuns>;
}

/**
 * Spans of the matrix, which belong to a cell's identity, and what decides about the number of runs
 * only.
 */
const NO_SETTING: readonly SettingName[] = [
  'transport_options',
  'transports',
  'codecs',
  'clients',
  'rates_per_s',
  'sizes_bytes',
  'durations_s',
  'flush',
  'links',
  'repairs',
  'congestions',
  'stacks',
  'policy',
  'repeat',
  'seed',
  'port',
];

const MACHINE = [
  'cpu',
  'cores',
  'arch',
  'governor',
] as const satisfies readonly (keyof Environment)[];
const KERNEL = ['os', 'kernel'] as const satisfies readonly (keyof Environment)[];

export function warningsOf(a: Labelled, b: Labelled): CompareWarning[] {
  const [from, to] = [a.result.environment, b.result.environment];
  const differences = (keys: readonly (keyof Environment)[]): Difference[] =>
    keys.map((key) => ({ what: key, from: from[key], to: to[key] }));
  const machine = 'measure both on one machine, one right after the other';
  return [
    ...sameRun(a, b),
    warning('MACHINE_DIFFERS', differences(MACHINE), a, b, machine),
    warning('KERNEL_DIFFERS', differences(KERNEL), a, b, machine),
    warning('NODE_DIFFERS', differences(['node']), a, b, 'measure both with one version of Node'),
    warning('SYSCTL_DIFFERS', sysctls(from, to), a, b, 'set them alike: sysctl -w NAME=VALUE'),
    warning(
      'VERSION_DIFFERS',
      [{ what: 'lab', from: a.result.tool.version, to: b.result.tool.version }],
      a,
      b,
      'fine if the lab itself is what you compare; otherwise measure both with one version',
    ),
    warning(
      'CONFIG_DIFFERS',
      settings(a, b),
      a,
      b,
      'run the command at the end of its report again',
    ),
    warning(
      'IMPLEMENTATION_DIFFERS',
      implementations(a, b),
      a,
      b,
      'fine if that is what you compare',
    ),
    feeds(a, b),
  ].filter((one) => one !== null);
}

interface Difference {
  readonly what: string;
  readonly from: unknown;
  readonly to: unknown;
}

function warning(
  code: string,
  all: readonly Difference[],
  a: Labelled,
  b: Labelled,
  hint: string,
): CompareWarning | null {
  const found = all.filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  if (found.length === 0) return null;
  const told = found.map(
    ({ what, from, to }) =>
      `${what} is ${shown(from)} in ${a.label} and ${shown(to)} in ${b.label}`,
  );
  return { code, message: told.join('; '), hint };
}

function shown(value: unknown): string {
  if (value === undefined) return 'unknown';
  if (value === null) return 'not set';
  return typeof value === 'string' || typeof value === 'number'
    ? String(value)
    : JSON.stringify(value);
}

/** Two files of one run, however they are called. */
export function isSameRun(a: Labelled, b: Labelled): boolean {
  const mark = ({ result }: Labelled): string =>
    JSON.stringify([
      result.startedAt,
      result.duration_s,
      result.command,
      result.cells.map(({ goodput }) => goodput),
    ]);
  return mark(a) === mark(b);
}

function sameRun(a: Labelled, b: Labelled): CompareWarning[] {
  if (!isSameRun(a, b)) return [];
  const message = `${a.label} and ${b.label} are the same run`;
  return [
    { code: 'SAME_RUN', message, hint: 'nothing is compared by comparing a run with itself' },
  ];
}

function sysctls(from: Environment, to: Environment): Difference[] {
  const names = Object.keys(from.sysctls).filter((name) => name in to.sysctls);
  return names.map((name) => ({ what: name, from: from.sysctls[name], to: to.sysctls[name] }));
}

/**
 * What is left out of a result is not set; how a recording was read is not known of an older one.
 */
function settings(a: Labelled, b: Labelled): Difference[] {
  const [one, other] = [a.result.config.effective, b.result.config.effective];
  const [from, to] = [settingsByName(one), settingsByName(other)];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])] as SettingName[];
  const plain = keys
    .filter((key) => !NO_SETTING.includes(key))
    .map((key) => ({ what: key, from: from[key] ?? null, to: to[key] ?? null }))
    .filter(
      ({ what, from: before, to: now }) =>
        what !== 'recording' || (before !== null && now !== null),
    );
  return [...plain, ...transportOptions(one.transport_options, other.transport_options)];
}

/** What both have. */
function transportOptions(
  from: EffectiveConfig['transport_options'],
  to: EffectiveConfig['transport_options'],
): Difference[] {
  const both = Object.keys(from).filter((transport) => transport in to);
  return both.flatMap((transport) => {
    const [one, other] = [from[transport]!, to[transport]!];
    const names = Object.keys(one).filter((name) => name in other);
    return names.map((name) => ({
      what: `${name} of ${transport}`,
      from: one[name],
      to: other[name],
    }));
  });
}

/** Of the cells that both have. */
function implementations(a: Labelled, b: Labelled): Difference[] {
  const found = matched(a, b).flatMap(([x, y]) =>
    (['sender', 'decode'] as const).map((what) => ({
      what: `${what} of ${x.identity.transport}`,
      from: valuesOf(x, what),
      to: valuesOf(y, what),
    })),
  );
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

function valuesOf({ cells }: CellRuns, what: 'sender' | 'decode'): string {
  return [
    ...new Set(
      cells.map((cell) => (what === 'decode' ? cell.decode : (localServer(cell)?.sender ?? null))),
    ),
  ]
    .sort()
    .join(' and ');
}

/**
 * Feeds of equal load and seed are equal byte for byte; that of a run that fell behind is shorter.
 */
function feeds(a: Labelled, b: Labelled): CompareWarning | null {
  const other = matched(a, b).filter(([x, y]) => {
    const [from, to] = [hashes(x), hashes(y)];
    return from.size > 0 && to.size > 0 && ![...from].some((hash) => to.has(hash));
  });
  if (other.length === 0) return null;
  const [seedA, seedB] = [a.result.seed, b.result.seed];
  const seeds = seedA === seedB ? '' : ` (seed ${seedA} in ${a.label}, ${seedB} in ${b.label})`;
  const message = `${a.label} and ${b.label} published different data in ${other.length} of ${matched(a, b).length} cells: their feed_sha256 differ${seeds}`;
  return { code: 'FEED_DIFFERS', message, hint: 'give both runs the same --source and --seed' };
}

function hashes({ usable }: CellRuns): Set<string> {
  return new Set(
    usable.map((cell) => localServer(cell)?.feed_sha256 ?? null).filter((hash) => hash !== null),
  );
}

function matched(a: Labelled, b: Labelled): [CellRuns, CellRuns][] {
  return [...a.cells].flatMap(([key, x]): [CellRuns, CellRuns][] => {
    const y = b.cells.get(key);
    return y === undefined ? [] : [[x, y]];
  });
}
