import { type Epoch, FLAG, HEADER_BYTES, PACKET, writeHeader } from '../../datagram/wire.js';

/** Datagrams after which a notice is sent once more: what loses several in a row may lose both. */
const COPIED_AFTER = 4;

interface Notice {
  readonly next: number;
  readonly payload: Buffer;
  /** Number of the datagram behind it. */
  readonly after: number;
}

/**
 * The copies of notices about conflated ranges: one of two may get lost. Without it, all that was
 * left out would be lost on the way. A copy has no number, so nothing is made of its own loss.
 */
export class NoticeCopy {
  /** Where the range told last ended. */
  #toldTo = 0;
  #waiting: Notice | undefined;

  /** A notice with this payload has been sent, about a range up to `next`. */
  told(next: number, payload: Buffer, after: number): void {
    // What is told of the same range once more has no copy: that would pass for the first one's.
    if (this.#toldTo !== next) this.#waiting = { next, payload, after };
    this.#toldTo = next;
  }

  /**
   * The copy, if one is due before datagram `nextDatagram`, or because nothing else is. `sendTime`:
   * µs since the epoch.
   */
  take(nextDatagram: number, isLast: boolean, epoch: Epoch, sendTime: number): Buffer | undefined {
    const notice = this.#waiting;
    if (notice === undefined) return undefined;
    if (!isLast && nextDatagram - notice.after < COPIED_AFTER) return undefined;
    this.#waiting = undefined;
    const bytes = Buffer.alloc(HEADER_BYTES + notice.payload.length);
    const flags = FLAG.conflated | FLAG.retransmit;
    writeHeader(bytes, PACKET.lagged, flags, epoch, notice.next, 0, 0, sendTime);
    notice.payload.copy(bytes, HEADER_BYTES);
    return bytes;
  }
}
