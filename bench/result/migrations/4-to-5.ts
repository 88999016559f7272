/**
 * Form 5 has what was not measured before: its members are null in a result of an earlier form. It
 * says what was fixed, or not there: of UDP the deadline of repair and the circuit breaker, of TCP
 * that congestion control was the kernel's, which was not asked. Of a run it knows combinations in
 * place of the whole matrix, and of a link what is asked of it figure by figure.
 */
import { isMembers, type Members, mapMembers } from './members.js';

export function from4To5(document: Members): Members {
  const { config } = document;
  return {
    ...withLinksTo5(document),
    schema_minor: 5,
    ...('sessions' in document ? { sessions: mapMembers(document.sessions, withLinksTo5) } : {}),
    config: isMembers(config) ? { ...config, effective: settingsTo5(config.effective) } : config,
    cells: mapMembers(document.cells, cellTo5),
  };
}

const OF_CLIENTS = { repair_deadline_ms: 500 };
const OF_SERVERS = { circuit_breaker: 'off' };
const OF_OUR_SERVER = { congestions: ['default'], stacks: null };

function settingsTo5(effective: unknown): unknown {
  if (!isMembers(effective)) return effective;
  const { server, transport_options: options } = effective;
  if (!isMembers(server)) return effective;
  const isOurs = server.kind === 'local';
  const known = isOurs ? { ...effective, server: { ...OF_OUR_SERVER, ...server } } : effective;
  if (!isMembers(options) || !isMembers(options.udp)) return known;
  const fixed = isOurs ? { ...OF_CLIENTS, ...OF_SERVERS } : OF_CLIENTS;
  return { ...known, transport_options: { ...options, udp: { ...fixed, ...options.udp } } };
}

const OF_LINKS = { traces: null, asked: null };

/** Of a run or of one of its sessions. */
function withLinksTo5(session: Members): Members {
  if (!('links' in session)) return session;
  return { ...session, links: mapMembers(session.links, (link) => ({ ...OF_LINKS, ...link })) };
}

/** What repair did was not told apart so far. */
const OF_REPAIRS = { late: null, superseded: null, redundancy: null };

function cellTo5(cell: Members): Members {
  const { kernel, link_counts: counts, repairs, server, sockets } = cell;
  return {
    link_traces: null,
    ...cell,
    ...(isMembers(kernel) ? { kernel: { cpu_link_cores: null, ...kernel } } : {}),
    ...(isMembers(counts) ? { link_counts: { checks: null, ...counts } } : {}),
    ...(isMembers(repairs) ? { repairs: { ...OF_REPAIRS, ...repairs } } : {}),
    ...(isMembers(server) && server.kind === 'local'
      ? { server: { congestion: 'default', ...server } }
      : {}),
    ...(isMembers(sockets) ? { sockets: { congestion_control: null, ...sockets } } : {}),
  };
}
