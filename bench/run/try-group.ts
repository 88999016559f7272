/**
 * Sends to the multicast group of a run and joins it once: what the machine refuses, or swallows,
 * is known before the run.
 */
import { loadCodec } from '../../src/codecs/registry.js';
import { Broadcast } from '../../src/core/broadcast.js';
import { systemClock } from '../../src/core/clock.js';
import { passedOn } from '../../src/options/option.js';
import { transportTable } from '../../src/transports/registry.js';
import type { Receiver, Transport } from '../../src/transports/transport.js';
import type { RunConfig } from '../config.js';

/** An idle server announces itself every 100 ms. */
const PATIENCE_MS = 3_000;

export const NOBODY: Receiver = { begin() {}, message() {}, end() {}, control() {} };

/**
 * @throws what `listen` and `connect` of the transport throw; the reason of `signal` when that is
 * aborted
 */
export async function tryGroup(
  transport: Transport,
  config: RunConfig,
  signal?: AbortSignal,
): Promise<void> {
  const clock = systemClock();
  const codec = await loadCodec(config.codecs[0] as string);
  const broadcast = new Broadcast({ clock, encoder: codec });
  const { host, transportOptions } = config;
  const table = transportTable(transport.name);
  const server = await transport.listen(broadcast, {
    host,
    port: 0,
    codecs: [codec],
    clock,
    ...passedOn(table, 'listen', transportOptions, host),
  });
  try {
    const subscription = await transport.connect(server.endpoint, {
      codec,
      clock,
      receiver: NOBODY,
      ...passedOn(table, 'connect', transportOptions, host),
      timeoutMs: PATIENCE_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    await subscription.close();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await server.close(0);
  }
}
