import { timeOfDay } from '../../../core/clock.js';
import { encodeEnd } from '../../datagram/control-packets.js';
import type { LeaseContext, Peer } from './lease-context.js';

/**
 * When END is sent again until the client answers, and when to stop waiting for the answer: ms
 * after the first one.
 */
const END_REPEATS_MS = [100, 300, 700, 1_500] as const;
const END_GIVEN_UP_MS = 2_000;

/** The END of a subscription, sent until its client answers, or long enough. */
export class RepeatedEnd {
  readonly #context: LeaseContext;
  readonly #peer: Peer;
  readonly #reason: string;
  /** Number of the datagram that would have been next. */
  readonly #dseq: number;
  /** By the clock of `PeerDeadlines`, µs. */
  readonly #endedAt: number;
  #sent = 0;

  constructor(context: LeaseContext, peer: Peer, reason: string, dseq: number) {
    this.#context = context;
    this.#peer = peer;
    this.#reason = reason;
    this.#dseq = dseq;
    this.#endedAt = context.deadlines.now();
    this.#send();
  }

  /** Sends it again when that is due. Returns true when it is given up. */
  tick(patient: number): boolean {
    const elapsedMs = (patient - this.#endedAt) / 1_000;
    const dueAt = this.#sent === 0 ? 0 : END_REPEATS_MS[this.#sent - 1];
    if (dueAt !== undefined && elapsedMs >= dueAt) this.#send();
    return elapsedMs >= END_GIVEN_UP_MS;
  }

  #send(): void {
    const { sender, epoch, broadcast, clock } = this.#context;
    if (sender.blocked) return;
    this.#sent += 1;
    const packet = encodeEnd({
      epoch,
      id: this.#peer.id,
      seq: broadcast.next,
      dseq: this.#dseq,
      sendTime: Math.floor(timeOfDay(clock)),
      reason: this.#reason,
    });
    sender.sendPacket(packet, this.#peer.port, this.#peer.address);
  }
}
