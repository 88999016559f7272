/**
 * Form 2 counted every latency to the moment at which the subscriber's code had the message. Form 3
 * says so, and has a place for the moment at which its kernel had it.
 */
import { isMembers, type Members, mapMembers } from './members.js';

export function from2To3(document: Members): Members {
  return {
    ...document,
    schema_minor: 3,
    cells: mapMembers(document.cells, withLatencies),
  };
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
