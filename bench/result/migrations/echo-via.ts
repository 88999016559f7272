/** What moved the bytes of the echoes of form 2. Pure. */
import { isMembers, type Members, mapMembers } from './members.js';

/** The baselines of a run or a session: the sockets were Node's. */
export function withEchoes(measured: Members): Members {
  const { baselines, baselines_other_sizes: others } = measured;
  return {
    ...measured,
    ...(isMembers(baselines) ? { baselines: withVia(baselines) } : {}),
    ...(others === undefined ? {} : { baselines_other_sizes: mapMembers(others, withVia) }),
  };
}

function withVia(baselines: Members): Members {
  const { echo } = baselines;
  if (!isMembers(echo)) return baselines;
  const { tcp, udp } = echo;
  return { ...baselines, echo: { ...echo, tcp: viaNode(tcp), udp: viaNode(udp) } };
}

function viaNode(trip: unknown): unknown {
  return isMembers(trip) ? { ...trip, via: trip.available === true ? 'node' : null } : trip;
}
