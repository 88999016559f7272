/**
 * Form 5 has what was not measured before: its members are null in a result of an earlier form. Of
 * UDP it says what was fixed, or not there: the deadline of repair, and the circuit breaker.
 */
import { isMembers, type Members, mapMembers } from './members.js';

export function from4To5(document: Members): Members {
  const { config } = document;
  return {
    ...document,
    schema_minor: 5,
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

/** What repair did was not told apart so far. */
const OF_REPAIRS = { late: null, superseded: null };

function cellTo5(cell: Members): Members {
  const { repairs } = cell;
  return isMembers(repairs) ? { ...cell, repairs: { ...OF_REPAIRS, ...repairs } } : cell;
}
