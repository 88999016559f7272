/**
 * Form 4 knows repair, and links between clients and server, and calls what was lost on the way by that name;
 * before there was none. It measures two figures by other definitions: the memory of an idle client,
 * which was resident set, and the age of values, which began with the first of the window.
 */
import { isMembers, type Members, mapMembers } from './members.js';

export function from3To4(document: Members): Members {
  const { config } = document;
  return {
    links: [],
    ...document,
    schema_minor: 4,
    ...('sessions' in document
      ? { sessions: mapMembers(document.sessions, (session) => ({ links: [], ...session })) }
      : {}),
    config: isMembers(config) ? withoutLinks(config) : config,
    cells: mapMembers(document.cells, cellTo4),
  };
}

function withoutLinks(config: Members): Members {
  const { effective } = config;
  if (!isMembers(effective) || !isMembers(effective.server)) return config;
  const { server } = effective;
  if (server.kind !== 'local') return config;
  return {
    ...config,
    effective: { ...effective, server: { links: ['none'], repairs: ['none'], ...server } },
  };
}

const NOT_THERE = { link: null, link_counts: null, repairs: null };

function cellTo4(cell: Members): Members {
  const { ledger } = cell;
  if (!isMembers(ledger) || !('network' in ledger)) return { ...NOT_THERE, ...renewed(cell) };
  const { network, ...others } = ledger;
  return { ...NOT_THERE, ...renewed(cell), ledger: { ...others, network_lost: network } };
}

function renewed(cell: Members): Members {
  const { rss_bytes: rss, server } = cell;
  return {
    ...cell,
    ...(isMembers(server) && server.kind === 'local'
      ? { server: { repair: 'none', ...server } }
      : {}),
    ...('staleness_us' in cell ? { staleness_us: null, staleness_excess_us: null } : {}),
    ...(isMembers(rss) && typeof rss.server_per_client === 'number'
      ? { rss_bytes: { ...rss, ...NOT_IN_USE } }
      : {}),
  };
}

const NOT_IN_USE = {
  server_per_client: null,
  server_per_client_error: null,
  server_per_client_reason: 'an earlier lab measured the resident set',
};
