import { type Decision, FATE, type LinkDirection } from '../fate.js';
import type { DirectionSpec, OutageSpec } from '../link-spec.js';
import { Chance, Draws, PURPOSE } from './draws.js';
import { type LossModel, lossModel } from './loss.js';
import type { RateQueue } from './rate-queue.js';
import type { Instant } from './transmitter.js';

/** Of IPv4 without options. */
const IP_HEADER_BYTES = 20;

/** What stands between the two ends in one direction of one client. */
export interface Path {
  readonly spec: DirectionSpec;
  readonly seed: number;
  /** Which sequence of decisions it takes. */
  readonly flow: number;
  /** When the link started, by the clock of the caller. */
  readonly startUs: number;
  /** Of the server, in front of the link of the client. */
  readonly uplink: RateQueue | undefined;
  readonly queue: RateQueue | undefined;
}

/**
 * A packet passes the uplink, waits in the queue, leaves at the rate; then it is lost in an outage
 * or by the loss of the link, having taken its share of the rate; then it takes its delay.
 */
export class ClientDirection implements LinkDirection {
  readonly #spec: DirectionSpec;
  readonly #startUs: number;
  readonly #uplink: RateQueue | undefined;
  readonly #queue: RateQueue | undefined;
  readonly #loss: LossModel;
  readonly #jitter: Draws;
  readonly #duplicate: Chance;
  readonly #reorder: Chance;
  readonly #corrupt: Chance;
  readonly #bit: Draws;
  /** Where the packet is in time, since the link started. */
  readonly #at: Instant = new Float64Array(1);
  #packets = 0;
  /** Nobody who is not held back arrives before. */
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor({ spec, seed, flow, startUs, uplink, queue }: Path) {
    const draws = (purpose: number): Draws => new Draws(seed, flow, purpose);
    this.#spec = spec;
    this.#startUs = startUs;
    this.#uplink = uplink;
    this.#queue = queue;
    this.#loss = lossModel(spec.loss, draws(PURPOSE.loss));
    this.#jitter = draws(PURPOSE.jitter);
    this.#duplicate = new Chance(draws(PURPOSE.duplicate), spec.duplicate);
    this.#reorder = new Chance(draws(PURPOSE.reorder), spec.reorder);
    this.#corrupt = new Chance(draws(PURPOSE.corrupt), spec.corrupt);
    this.#bit = draws(PURPOSE.bit);
  }

  offer(bytes: number, now: number, decision: Decision): void {
    this.#packets += 1;
    decision.deliverAt = -1;
    decision.duplicateAt = -1;
    decision.corruptBit = -1;
    decision.isReordered = false;
    // Asked of every packet: what the queue does must not change whom the loss hits.
    const isLost = this.#loss.isLost(this.#packets);
    this.#at[0] = Math.max(0, now - this.#startUs);
    const hasRoom =
      this.#uplink?.offer(bytes, this.#at) !== false &&
      this.#queue?.offer(bytes, this.#at) !== false;
    if (!hasRoom) decision.fate = FATE.overflow;
    else if (isDown(this.#spec.outage, this.#at)) decision.fate = FATE.outage;
    else if (isLost) decision.fate = FATE.lost;
    else this.#deliver(bytes, decision);
  }

  #deliver(bytes: number, decision: Decision): void {
    const { delayUs, jitterUs, reorderUs } = this.#spec;
    const n = this.#packets;
    decision.fate = FATE.delivered;
    let at = this.#at[0]! + delayUs;
    if (jitterUs > 0) at += jitterUs * (2 * this.#jitter.shareAt(n) - 1);
    if (at < this.#lastAt) at = this.#lastAt;
    decision.isReordered = this.#reorder.happensAt(n);
    if (!decision.isReordered) this.#lastAt = at;
    else at += reorderUs;
    decision.deliverAt = at + this.#startUs;
    if (this.#duplicate.happensAt(n)) decision.duplicateAt = decision.deliverAt;
    const bits = (bytes - IP_HEADER_BYTES) * 8;
    if (bits > 0 && this.#corrupt.happensAt(n))
      decision.corruptBit = Math.floor(this.#bit.shareAt(n) * bits);
  }
}

/** An outage is the end of each period. */
function isDown(outage: OutageSpec | undefined, at: Instant): boolean {
  return outage !== undefined && at[0]! % outage.periodUs >= outage.periodUs - outage.lostUs;
}
