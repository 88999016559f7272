/** Which server a cell measured. Pure. */
import type { CellResult } from './result.js';

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

/** Times of the cell are above its fastest delivery, and no latencies: the clocks differ. */
export function isApart({ server }: WithServer): boolean {
  return server.kind === 'target' && !server.common_clock;
}
