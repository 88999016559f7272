/** A server that is already running, to be measured as it is. */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../../src/transports/transport.js';

/** Where it is. */
export interface Target {
  /** As the user writes it: `tcp://127.0.0.1:7400`. */
  readonly url: string;
  readonly transport: string;
  readonly endpoint: Endpoint;
}

/** Server's clock − ours, µs. Infinite where nothing is known. */
export interface ClockOffset {
  readonly min: number;
  readonly max: number;
}

/** What was found out about the server besides what its messages tell. */
export interface TargetFacts {
  readonly sameMachine: boolean;
  /** Its clock − ours. */
  readonly offset: ClockOffset;
  /** Receipt − stamp are latencies: both times are of one clock, as far as can be told. */
  readonly commonClock: boolean;
  /** At the deadline messages of the window were still coming. */
  readonly behind: boolean;
  /** Every subscription ended before the window did. */
  readonly gone: boolean;
  /**
   * The feed stood still from so long (µs) before the end of the window until the deadline, though
   * it had not before; 0 = it did not.
   */
  readonly silentMicros: number;
}

/**
 * Whether the server runs on this machine, as far as its address tells: a tunnel may end here and
 * begin elsewhere. Of a multicast group the address says nothing. Never throws.
 */
export async function isThisMachine({ host }: Endpoint): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  return (
    addresses.length > 0 &&
    addresses.every(
      ({ address }) => isLoopback(address) || own.includes(address.replace(/%.*$/, '')),
    )
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
