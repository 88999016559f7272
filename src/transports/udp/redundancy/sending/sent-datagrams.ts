/** How many of the latest are kept. A power of two. */
export const SENT_KEPT = 256;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The latest datagrams of one subscriber's stream, by their numbers: what was in them, as
 * references to the bytes that all subscribers share. Its memory is taken once.
 */
export class SentDatagrams {
  readonly payloads: Buffer[] = Array.from({ length: SENT_KEPT }, () => NOTHING);
  /** Sequence number of the first message; its position in the log that was read, or −1. */
  readonly seqs = new Float64Array(SENT_KEPT);
  readonly positions = new Float64Array(SENT_KEPT);
  readonly counts = new Uint16Array(SENT_KEPT);
  readonly types = new Uint8Array(SENT_KEPT);
  readonly flags = new Uint8Array(SENT_KEPT);

  set(
    number: number,
    type: number,
    flags: number,
    seq: number,
    count: number,
    position: number,
    payload: Buffer,
  ): void {
    const slot = number % SENT_KEPT;
    this.payloads[slot] = payload;
    this.seqs[slot] = seq;
    this.positions[slot] = position;
    this.counts[slot] = count;
    this.types[slot] = type;
    this.flags[slot] = flags;
  }

  /** Holds on to no bytes any more. */
  release(): void {
    this.payloads.fill(NOTHING);
  }
}
