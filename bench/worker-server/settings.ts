import type { Codec } from '../../src/codecs/codec.js';
import type { Clock } from '../../src/core/clock.js';
import { parseFlushMode } from '../../src/core/flush.js';
import type { ServerSettings } from '../../src/serve/assemble.js';
import type { ServerSpec } from '../ipc/server.js';

/** In what the server of a run differs from `lab serve` with the same options. */
export const DEVIATIONS = {
  /** A probe, or a stranger who found the port, must not have a subscriber's place. */
  byInvitation: true,
  /** Every subscriber of the run sends a request, however long its process may be busy first. */
  graceMs: 30_000,
} as const;

/**
 * What the server of a cell is put together from. Pure. Besides the deviations above: one `codec`,
 * because nobody asks for another; the clock of the run, which all its processes share; and UDP's
 * send buffer of `--sndbuf`, which a server leaves to the kernel.
 */
export function settingsOf(spec: ServerSpec, clock: Clock, codec: Codec): ServerSettings {
  return {
    clock,
    host: spec.host,
    codecs: [codec],
    maxClients: spec.maxClients,
    byInvitation: DEVIATIONS.byInvitation,
    flush: parseFlushMode(spec.flush),
    policy: spec.policy,
    transportOptions: { graceMs: DEVIATIONS.graceMs, ...spec.transportOptions },
  };
}
