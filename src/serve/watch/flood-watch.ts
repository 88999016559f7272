import type { PacketCounters } from '../../transports/counters.js';
import type { ServerLog } from '../log.js';
import type { ServerStats, TransportStats } from '../stats.js';

/** More of anything in a second than clients make that come by the thousand. */
export const FLOOD = 1_000;
/** What goes on for long is told once in so long, with what came meanwhile. */
const PERIOD_US = 10_000_000;

/**
 * Warns when the kernel drops what nobody has read in time, when the host cannot take connections,
 * and when addresses that prove nothing send HELLOs by the thousand: at once, and then every ten
 * seconds as long as it goes on.
 */
export class FloodWatch {
  readonly #log: ServerLog;
  /** Of what is told: how much of it has been, and when. */
  readonly #told = new Map<string, { value: number; at: number }>();
  /** HELLOs of floods so far, by transport. */
  readonly #hellos = new Map<string, number>();

  constructor(log: ServerLog) {
    this.#log = log;
  }

  /** `now`: microseconds. `last`: nothing may wait any longer. */
  look(stats: ServerStats, before: ServerStats, now: number, last: boolean): void {
    stats.transports.forEach((transport, i) => {
      this.#look(transport, before.transports[i], now, last);
    });
    const total = stats.hostListen?.drops ?? stats.hostListen?.overflows;
    if (total === undefined) return;
    // What the host had dropped before is not news.
    if (!this.#told.has('listen'))
      this.#told.set('listen', { value: total, at: Number.NEGATIVE_INFINITY });
    const connections = this.#unreported('listen', total, now, last);
    if (connections === 0) return;
    const text = 'TCP connections dropped by the kernel, of whichever server of this host';
    this.#log.warn({ connections, total }, text);
  }

  #look(
    transport: TransportStats,
    before: TransportStats | undefined,
    now: number,
    last: boolean,
  ): void {
    const { name, kernelReceiveDrops: total, packets } = transport;
    const datagrams = this.#unreported(`drops ${name}`, total ?? 0, now, last);
    if (total !== undefined && datagrams > 0) {
      const text = 'datagrams of clients dropped by the kernel: more came than could be read';
      this.#log.warn({ transport: name, datagrams, total }, text);
    }
    if (packets === undefined || before?.packets === undefined) return;
    const unproved = unprovedHellos(packets) - unprovedHellos(before.packets);
    const flood = (this.#hellos.get(name) ?? 0) + (unproved >= FLOOD ? unproved : 0);
    this.#hellos.set(name, flood);
    const hellos = this.#unreported(`hello ${name}`, flood, now, last);
    if (hellos === 0) return;
    const text = 'a flood of HELLOs from addresses that prove nothing';
    this.#log.warn({ transport: name, hellos, total: packets.received.hello }, text);
  }

  /** How much of a counter has not been told, when it is to be told now; else 0. */
  #unreported(key: string, value: number, now: number, last: boolean): number {
    const told = this.#told.get(key) ?? { value: 0, at: Number.NEGATIVE_INFINITY };
    const unreported = value - told.value;
    if (unreported <= 0 || (now - told.at < PERIOD_US && !last)) return 0;
    this.#told.set(key, { value, at: now });
    return unreported;
  }
}

/** HELLOs that were answered, less those whose token came back. */
function unprovedHellos({ answered }: PacketCounters): number {
  const { retry, accept, accept_again: again, reject } = answered;
  return retry - accept - again - reject;
}
