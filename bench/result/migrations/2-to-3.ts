/**
 * Form 2 counted every latency to the moment at which the subscriber's code had the message. Form 3
 * says so, and has a place for the moment at which its kernel had it, for what the kernel knows of
 * the CPU of a cell, for what moved the bytes of an echo, and for how datagrams went into the
 * kernel: no earlier lab asked or told. It measures some figures by other definitions.
 */
import { withEchoes } from './echo-via.js';
import { isMembers, type Members, mapMembers } from './members.js';
import { withoutRedefined } from './redefined.js';
import { withEpochs } from './target-epochs.js';

export function from2To3(document: Members): Members {
  const { environment } = document;
  return {
    ...withEchoes(document),
    schema_minor: 3,
    environment: isMembers(environment) ? { cpu_quota_cores: null, ...environment } : environment,
    ...('sessions' in document ? { sessions: mapMembers(document.sessions, withEchoes) } : {}),
    cells: mapMembers(document.cells, cellTo3),
  };
}

function cellTo3(cell: Members): Members {
  return withSegments(withEpochs(withUse(withLatencies(withoutRedefined(cell)))));
}

/** Nothing is made up where the one latency is missing: that is damage. */
function withLatencies(cell: Members): Members {
  const { latency_us, stages_us } = cell;
  return {
    ...cell,
    ...(latency_us === undefined
      ? {}
      : {
          latency_at: 'receipt',
          unstamped: null,
          undated: null,
          arrival_us: null,
          receipt_us: latency_us,
          instrument_us: null,
        }),
    receiver: null,
    stages_us: withNetwork(stages_us),
  };
}

/** Transit was network and instrument in one, as network is where no read is stamped. */
function withNetwork(stages: unknown): unknown {
  if (!isMembers(stages) || !('transit' in stages)) return stages;
  const { transit, decode, ...before } = stages;
  return { ...before, network: transit, instrument: null, decode };
}

function withUse(cell: Members): Members {
  const { kernel, clients_use: clients, server, wire, rss_bytes: rss } = cell;
  return {
    ...cell,
    wire: isMembers(wire) ? { ...UNCOUNTED, ...wire } : wire,
    kernel: isMembers(kernel) ? { ...UNASKED, ...kernel } : kernel,
    clients_use: withWaits(clients),
    rss_bytes: isMembers(rss) ? { server_per_client_error: null, ...rss } : rss,
    server:
      isMembers(server) && server.kind === 'local'
        ? { ...server, use: withWaits(server.use) }
        : server,
  };
}

const UNCOUNTED = { ip_bytes_per_delivery: null, ip_bytes_source: null };

const UNASKED = {
  cpu_busy_cores: null,
  cpu_pressure_ratio: null,
  cpu_quota_cores: null,
  cpu_throttled: null,
};

function withWaits(use: unknown): unknown {
  return isMembers(use) ? { busiest_cores: null, run_queue_ratio: null, ...use } : use;
}

/**
 * No lab before had the kernel segment, nor wrote padding; none told what making the feed took, and
 * it is in the CPU of the server: at most a few per cent.
 */
function withSegments(cell: Members): Members {
  const { wire, server } = cell;
  return {
    ...cell,
    ...(isMembers(wire) ? { wire: { ...wire, segments_per_send: null, padding_ratio: null } } : {}),
    ...(isMembers(server) && server.kind === 'local'
      ? { server: { ...server, segmentation_refused: null, source_cpu_us: null } }
      : {}),
  };
}
