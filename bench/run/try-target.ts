/** Subscribes once to a server that is to be measured, and leaves. */
import { loadCodec } from '../../src/codecs/registry.js';
import { systemClock } from '../../src/core/clock.js';
import { passedOn } from '../../src/options/option.js';
import { loadTransport, transportTable } from '../../src/transports/registry.js';
import type { RunConfig, Target } from '../config.js';
import { NOBODY } from './try-group.js';

const PATIENCE_MS = 3_000;

/** @throws what `connect` of the transport throws; the reason of `signal` when that is aborted */
export async function tryTarget(
  { transport, endpoint }: Target,
  codec: string,
  { transportOptions }: RunConfig,
  signal?: AbortSignal,
): Promise<void> {
  const { connect } = await loadTransport(transport);
  try {
    const subscription = await connect(endpoint, {
      codec: await loadCodec(codec),
      clock: systemClock(),
      receiver: NOBODY,
      ...passedOn(transportTable(transport), 'connect', transportOptions),
      timeoutMs: PATIENCE_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    await subscription.close();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
