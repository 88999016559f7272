/** Which server a cell measured. Pure. */
import type { CellResult, EffectiveConfig, LabResult } from './result.js';

type Server = CellResult['server'];
export type LocalServer = Extract<Server, { kind: 'local' }>;
export type TargetServer = Extract<Server, { kind: 'target' }>;

type WithServer = Pick<CellResult, 'server'>;

/** The lab's own server; null of one that was running already. */
export function localServer({ server }: WithServer): LocalServer | null {
  return server.kind === 'local' ? server : null;
}

/** The server that was running already; null of one of the lab's own. */
export function targetServer({ server }: WithServer): TargetServer | null {
  return server.kind === 'target' ? server : null;
}

export function isTarget({ server }: WithServer): boolean {
  return server.kind === 'target';
}

/**
 * Targets that were not one server throughout: the URLs of cells with different epochs, or of a
 * resumed run all, when no epoch of one session is in another. Empty where nothing tells.
 */
export function changedTargets({
  cells,
  sessions = [],
}: Pick<LabResult, 'cells' | 'sessions'>): string[] {
  const seen = new Map<string, Set<string>>();
  const byCell = new Map<string, readonly string[]>();
  for (const cell of cells) {
    const server = targetServer(cell);
    if (server === null || server.epochs === null) continue;
    byCell.set(cell.id, server.epochs);
    seen.set(server.url, new Set([...(seen.get(server.url) ?? []), ...server.epochs]));
  }
  const bySession = sessions
    .map((session) => new Set(session.cells.flatMap((id) => byCell.get(id) ?? [])))
    .filter(({ size }) => size > 0);
  const apart = bySession.some(
    (one, i) => i > 0 && ![...one].some((epoch) => bySession[i - 1]!.has(epoch)),
  );
  return [...seen].filter(([, { size }]) => apart || size > 1).map(([url]) => url);
}

/**
 * Times of the cell are above its fastest delivery, and no latencies: what the clocks differ by is
 * not known.
 */
export function isApart({ server }: WithServer): boolean {
  return server.kind === 'target' && server.clock_correction_us === null;
}

/** What only a server of the lab's own is told. */
const SETTINGS_OF_OURS = [
  'source',
  'symbols',
  'flush',
  'links',
  'repairs',
  'congestions',
  'stacks',
  'policy',
  'port',
  'shards',
] as const;

/** A setting of a run, as its flag is called. */
export type SettingName =
  | Exclude<keyof EffectiveConfig, 'server'>
  | (typeof SETTINGS_OF_OURS)[number]
  | 'target';

/** The settings of a run side by side; null: not set, or only for a server of the lab's own. */
export function settingsByName({
  server,
  ...others
}: EffectiveConfig): Partial<Record<SettingName, unknown>> {
  const of = (name: (typeof SETTINGS_OF_OURS)[number]): unknown =>
    server.kind === 'local' ? server[name] : null;
  const ours = Object.fromEntries(SETTINGS_OF_OURS.map((name) => [name, of(name)]));
  return { target: server.kind === 'local' ? null : server.urls, ...others, ...ours };
}
