import type { LinkDirection } from '../fate.js';
import type { DirectionSpec, LinkSpec, RateSpec } from '../link-spec.js';
import { ClientDirection } from './direction.js';
import { RateQueue } from './rate-queue.js';
import { ConstantTransmitter, Opportunities, TraceTransmitter } from './transmitter.js';

/** The links of all clients. Pure: it knows time only as it is told. */
export interface LinkModel {
  readonly clients: readonly ClientLink[];
  /** Packets that found the queue of the server's uplink full; they count as `overflow`, too. */
  readonly uplinkOverflow: number;
}

export interface ClientLink {
  readonly up: LinkDirection;
  readonly down: LinkDirection;
}

/** Multiples of it spread evenly over a period (the golden section). */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Client k decides of packet n by hash(seed, flow, n): what others send changes nothing of it, but
 * for what all share, the uplink. Every `now` that the directions are told comes from one clock,
 * which never goes back and was at `startUs` when the link started.
 */
export function createLinkModel(
  spec: LinkSpec,
  seed: number,
  clients: number,
  startUs = 0,
): LinkModel {
  const uplink = uplinkOf(spec);
  const linkOf = linkMaker(spec, seed, startUs, uplink);
  return {
    clients: Array.from({ length: clients }, (_, k) => linkOf(k)),
    get uplinkOverflow() {
      return uplink?.overflow ?? 0;
    },
  };
}

/** Of client k as it is among all, as long as nobody but it sends: the uplink is its own. */
export function createClientLink(
  spec: LinkSpec,
  seed: number,
  client: number,
  startUs = 0,
): ClientLink {
  return linkMaker(spec, seed, startUs, uplinkOf(spec))(client);
}

function uplinkOf({ uplink }: LinkSpec): RateQueue | undefined {
  return uplink && queueMaker(uplink)(0);
}

function linkMaker(
  spec: LinkSpec,
  seed: number,
  startUs: number,
  uplink: RateQueue | undefined,
): (client: number) => ClientLink {
  const makeUp = directionMaker(spec.up, seed, startUs, undefined);
  const makeDown = directionMaker(spec.down, seed, startUs, uplink);
  return (k) => ({ up: makeUp(2 * k, k), down: makeDown(2 * k + 1, k) });
}

function directionMaker(
  spec: DirectionSpec,
  seed: number,
  startUs: number,
  uplink: RateQueue | undefined,
): (flow: number, client: number) => LinkDirection {
  const makeQueue = spec.rate && queueMaker(spec.rate);
  return (flow, client) =>
    new ClientDirection({ spec, seed, flow, startUs, uplink, queue: makeQueue?.(client) });
}

/** Queues of a rate, one for each client; a trace is kept once for all of them. */
function queueMaker({ capacity, queue }: RateSpec): (client: number) => RateQueue {
  if (capacity.kind === 'constant')
    return () => new RateQueue(new ConstantTransmitter(capacity.bitsPerSecond), queue);
  const opportunities = new Opportunities(capacity);
  return (client) => {
    const offset = Math.floor(((client * GOLDEN) % 1) * opportunities.period);
    return new RateQueue(new TraceTransmitter(opportunities, offset), queue);
  };
}
