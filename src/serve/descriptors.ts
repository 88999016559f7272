/** Who may hold how many of the files that this process may have open. Pure. */
import { LabError } from '../errors.js';

export interface Allotment {
  readonly maxClients: number;
  /** Connections without a subscription, for each transport. */
  readonly maxWaiting: number;
  /** Connections for health and metrics. */
  readonly httpConnections: number;
  /** What had to be lowered, and how to have it otherwise. */
  readonly warning?: string;
}

export interface Demand {
  /** Open files at most; null = no limit, or none that is known. */
  readonly limit: number | null;
  /** Open already. */
  readonly inUse: number;
  /** Asked for; undefined = as many as can be, up to `mostClients`. */
  readonly clients: number | undefined;
  readonly mostClients: number;
  /** Transports with a connection for each client. */
  readonly streams: number;
  /** Whether health and metrics are served. */
  readonly http: boolean;
}

/** Loading the program alone takes so many at once. */
export const LEAST_FILES = 128;
/** For what is opened beside connections: listeners, the source, name service, a log. */
const MARGIN = 16;
/** A room for those who wait: so many at most, and at least. */
const MOST_WAITING = 1_024;
const LEAST_WAITING = 4;
/** Unless a number of clients is asked for, this part is left to those who wait. */
const WAITING_SHARE = 8;

/** @throws LAB_ERR_FD_LIMIT when no server can run with so few */
export function checkLeastFiles(limit: number | null): void {
  if (limit === null || limit >= LEAST_FILES) return;
  throw new LabError(
    'LAB_ERR_FD_LIMIT',
    `a server needs at least ${LEAST_FILES} open files, the limit is ${limit}`,
    {
      hint: `raise it with: ${raise(1_024)}`,
    },
  );
}

/**
 * Divides the open files so that they cannot run out, whoever connects: each client that has a
 * connection holds one, and each who waits; those of health and metrics are set aside. Rooms for
 * those who wait are made smaller to fit. A number of clients that was asked for is refused when it
 * does not; else it is lowered, with a warning.
 * @throws LAB_ERR_FD_LIMIT
 */
export function allotDescriptors(demand: Demand): Allotment {
  const { limit, clients, mostClients, streams, http } = demand;
  const wanted = clients ?? mostClients;
  const rooms = streams + (http ? 1 : 0);
  if (limit === null || rooms === 0) return allotment(wanted, MOST_WAITING, 0);
  checkLeastFiles(limit);
  const spare = Math.max(0, limit - demand.inUse - MARGIN);
  // A server of datagrams has one socket for all.
  if (streams === 0) return allotment(wanted, MOST_WAITING, spare);
  const affordable = spare - rooms * LEAST_WAITING;
  const needed = limit - spare + rooms * LEAST_WAITING + wanted;
  if (clients !== undefined) {
    if (clients > affordable) throw tooMany(clients, needed, limit, affordable);
    return allotment(clients, (spare - clients) / rooms, (spare - clients) / rooms);
  }
  if (affordable < 1) throw tooMany(1, needed - wanted + 1, limit, affordable);
  const room = clamp(spare / WAITING_SHARE / rooms);
  const fits = spare - rooms * room;
  if (fits >= mostClients) return allotment(mostClients, room, room);
  const warning = `${mostClients} clients and those who wait need ${needed} open files, the limit is ${limit}: ${raise(needed)} raises it`;
  return { ...allotment(fits, room, room), warning };
}

function allotment(maxClients: number, waiting: number, http: number): Allotment {
  return {
    maxClients,
    maxWaiting: clamp(waiting),
    httpConnections: clamp(http === 0 ? MOST_WAITING : http),
  };
}

function clamp(room: number): number {
  return Math.max(LEAST_WAITING, Math.min(MOST_WAITING, Math.floor(room)));
}

function tooMany(clients: number, needed: number, limit: number, affordable: number): LabError {
  const fewer = affordable < 1 ? '' : `, or allow at most ${affordable} clients`;
  return new LabError(
    'LAB_ERR_FD_LIMIT',
    `maxClients ${clients} needs ${needed} open files, the limit is ${limit}`,
    {
      option: 'maxClients',
      value: String(clients),
      hint: `raise it with: ${raise(needed)} (as root, or in /etc/security/limits.conf)${fewer}`,
    },
  );
}

function raise(files: number): string {
  return `ulimit -n ${files}`;
}
