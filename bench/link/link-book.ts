/**
 * What the emulator did, counted packet by packet. Each is delivered, lost, overflow, outage or
 * noRoom, or still on its way.
 */

export interface FateCounts {
  packets: number;
  /** Of IP packets, headers included. */
  bytes: number;
  delivered: number;
  deliveredBytes: number;
  lost: number;
  overflow: number;
  outage: number;
  /** The emulator had to throw it away: too many were on their way, or the kernel refused it. */
  noRoom: number;
  /** Delivered a second time, in no other count. */
  duplicated: number;
  reordered: number;
  /** Among the delivered, but no program gets them. */
  corrupted: number;
}

/** Of one client. */
export interface ClientBook {
  readonly up: FateCounts;
  readonly down: FateCounts;
  /** Data datagrams of the lab's UDP that did not reach the client unharmed. */
  readonly droppedData: DroppedDatagrams;
  /** TCP segments with payload that did not reach the client unharmed. */
  readonly droppedSegments: number;
}

/** Of the same length each; position i of all belongs to the same datagram. */
export interface DroppedDatagrams {
  readonly dseq: readonly number[];
  /** Sequence number of the first message, and how many there are. */
  readonly seq: readonly number[];
  readonly count: readonly number[];
  /** Not listed, as there were too many: then nothing may be concluded from the list. */
  readonly unlisted: number;
}

export interface LinkBook {
  readonly clients: readonly ClientBook[];
  /**
   * Packets of nobody (of a socket that binds to no client's address, IPv6, malformed ones):
   * carried at once, in no other count but noRoom.
   */
  readonly strangers: FateCounts;
  /** Of the server's uplink: packets that found its queue full. */
  readonly uplinkOverflow: number;
  /**
   * Delivered later than decided, µs, and the longest that each may have lain unread while the
   * emulator was awake. Null = too few to tell.
   */
  readonly lateness: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly max: number | null;
    readonly count: number;
  };
  /** Packets that the kernel threw away before the emulator could read them. */
  readonly unread: number;
  /** The sum of all `noRoom`. */
  readonly noRoom: number;
  /** CPU of the emulator so far, µs. */
  readonly cpuMicros: number;
}
