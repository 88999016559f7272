import type { Timer } from '../../core/clock.js';
import { LabError } from '../../errors.js';
import type { DatagramSocket } from '../client-sockets.js';
import type { ClientCounters } from '../counters.js';
import { type Announce, decodeAnnounce, NO_ID } from '../datagram/control-packets.js';
import { DatagramSubscription } from '../datagram/subscription.js';
import { dseqOf, formatEpoch, hasEpoch, PACKET, seqOf } from '../datagram/wire.js';
import type { ConnectOptions } from '../transport.js';

const SILENCE_MS = 5_000;
/** Looks at the clock within the time that a server may be silent. */
const LOOKS = 3;

/** The stream of a group from one announcement on. */
export class GroupSubscription extends DatagramSubscription {
  readonly socketInode: number | undefined;
  readonly #announce: Announce;
  /** Clock reading, µs: when data or a heartbeat was handed on. */
  #toldAt: number;
  /** Whether ours is still there is about to be judged. */
  #doubt: Timer | undefined;

  constructor(
    socket: DatagramSocket,
    announce: Announce,
    counters: ClientCounters,
    options: ConnectOptions,
  ) {
    super(socket, { ...announce, id: NO_ID, snapshot: 0, leaseMs: SILENCE_MS }, counters, options);
    this.socketInode = socket.inode;
    this.#announce = announce;
    this.#toldAt = this.lastReceivedAt;
    this.#watch();
  }

  protected receive(type: number, bytes: Buffer): void {
    if (this.take(type, bytes)) return;
    if (type === PACKET.announce && !hasEpoch(bytes, this.#announce.epoch)) this.#onStranger(bytes);
  }

  /** The announcement that we came in with may have overtaken data. */
  protected override isExpected(bytes: Buffer): boolean {
    return !this.tracker.precedes(dseqOf(bytes));
  }

  onData(): void {
    this.#toldAt = this.lastReceivedAt;
  }

  /** A group is announced more often than a receiver wants to hear of it. */
  protected onOther(type: number, bytes: Buffer): boolean {
    if (type !== PACKET.announce || decodeAnnounce(bytes) === undefined) return false;
    this.tracker.expect(dseqOf(bytes));
    if (this.lastReceivedAt - this.#toldAt >= this.#announce.heartbeatMs * 1_000) {
      this.#toldAt = this.lastReceivedAt;
      this.receiver.control({ control: 'heartbeat', next: seqOf(bytes) });
    }
    return true;
  }

  /**
   * Another server announces itself in our group. Ours, if it is silent longer than it ever is, has
   * made way for it; otherwise two servers share a group by mistake, and we stay with ours.
   */
  #onStranger(bytes: Buffer): void {
    const announce = decodeAnnounce(bytes);
    if (announce === undefined || !this.#overdue || this.#doubt !== undefined) return;
    const epochs = `${this.welcome.epoch} → ${formatEpoch(announce.epoch)}`;
    // It may be ourselves who stood still, and what ours sent meanwhile lies behind this.
    this.#doubt = this.onceRead(() => {
      this.#doubt = undefined;
      if (!this.#overdue) return;
      this.finish(
        new LabError(
          'LAB_ERR_CLOSED',
          `the server of the group has started again (epoch ${epochs})`,
          {
            hint: 'connect again: its sequence numbers begin anew',
          },
        ),
      );
    });
  }

  /** Ours is silent for longer than it ever is. */
  get #overdue(): boolean {
    return this.clock.now() - this.lastReceivedAt > this.#announce.heartbeatMs * 1_000;
  }

  protected override finish(error: LabError | undefined): void {
    this.#doubt?.cancel();
    super.finish(error);
  }

  /** Looks again and again whether the server is still there. */
  readonly #watch = (): void => {
    this.timer = this.clock.setTimeout(this.#look, this.silenceMs / LOOKS);
  };

  readonly #look = (): void => this.listenOn('the server of the group', this.#watch);
}
