/** What the emulator did, counted packet by packet. */

export interface FateCounts {
  packets: number;
  /** Of IP packets, headers included. */
  bytes: number;
  delivered: number;
  deliveredBytes: number;
  lost: number;
  overflow: number;
  outage: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
}

/** Of one client: `protocols` by what is inside the IP packets. */
export interface ClientBook {
  readonly up: FateCounts;
  readonly down: FateCounts;
  /** Data datagrams of the lab's UDP that did not reach the client, in order. */
  readonly droppedData: DroppedDatagrams;
  /** TCP segments with payload that did not reach the client. */
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
  /** Packets of nobody (neighbour discovery, ICMP of the kernel): carried, in no other count. */
  readonly strangers: FateCounts;
  /** Of the server's uplink: packets that found its queue full. */
  readonly uplinkOverflow: number;
  /** Delivered later than decided, µs. */
  readonly lateness: {
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
    readonly count: number;
  };
  /** Packets that the kernel threw away before the emulator could read them. */
  readonly unread: number;
  /** Packets that the emulator had to throw away, as too many were on their way. */
  readonly noRoom: number;
}
