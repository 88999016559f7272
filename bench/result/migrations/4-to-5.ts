/**
 * Form 5 has what was not measured before: its members are null in a result of an earlier form. Of
 * UDP it says what was fixed, or not there: the deadline of repair, and the circuit breaker.
 */
import { isMembers, type Members, mapMembers } from './members.js';

export function from4To5(document: Members): Members {
  const { config } = document;
  return {
    ...withTraces(document),
    schema_minor: 5,
    ...('sessions' in document ? { sessions: mapMembers(document.sessions, withTraces) } : {}),
    config: isMembers(config) ? { ...config, effective: settingsTo5(config.effective) } : config,
    cells: mapMembers(document.cells, cellTo5),
  };
}

const OF_CLIENTS = { repair_deadline_ms: 500 };
const OF_SERVERS = { circuit_breaker: 'off' };

function settingsTo5(effective: unknown): unknown {
  if (!isMembers(effective)) return effective;
  const { server, transport_options: options } = effective;
  if (!isMembers(options) || !isMembers(options.udp) || !isMembers(server)) return effective;
  const fixed = server.kind === 'local' ? { ...OF_CLIENTS, ...OF_SERVERS } : OF_CLIENTS;
  return { ...effective, transport_options: { ...options, udp: { ...fixed, ...options.udp } } };
}

/** Of a run or of one of its sessions. */
function withTraces(session: Members): Members {
  if (!('links' in session)) return session;
  return { ...session, links: mapMembers(session.links, (link) => ({ traces: null, ...link })) };
}

/** What repair did was not told apart so far. */
const OF_REPAIRS = { late: null, superseded: null, redundancy: null };

function cellTo5(cell: Members): Members {
  const { kernel, link_counts: counts, repairs } = cell;
  return {
    link_traces: null,
    ...cell,
    ...(isMembers(kernel) ? { kernel: { cpu_link_cores: null, ...kernel } } : {}),
    ...(isMembers(counts) ? { link_counts: { checks: null, ...counts } } : {}),
    ...(isMembers(repairs) ? { repairs: { ...OF_REPAIRS, ...repairs } } : {}),
  };
}
