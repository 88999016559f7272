/**
 * What a link between clients and server does to IP packets, direction by direction. Every client
 * has a link of its own; all share the uplink of the server. Times are µs, sizes bytes of the IP
 * packet with its headers, rates bits a second of those, shares from 0 to 1.
 */
export interface LinkSpec {
  /** As it stands in results: `none`, the name of a profile, or the spec in its canonical text. */
  readonly name: string;
  /** The same without the name of a profile: all parts. */
  readonly text: string;
  /** From a client to the server. */
  readonly up: DirectionSpec;
  /** From the server to a client. */
  readonly down: DirectionSpec;
  /** Of the server, towards all clients together, before their own links; absent = unlimited. */
  readonly uplink: RateSpec | undefined;
}

/** In the order in which a packet meets it: queue and rate, outage and loss, delay. */
export interface DirectionSpec {
  /** Absent = unlimited. */
  readonly rate: RateSpec | undefined;
  /** Of all clients at the same time. */
  readonly outage: OutageSpec | undefined;
  readonly loss: LossSpec;
  /** One way, without the time in the queue. */
  readonly delayUs: number;
  /** Delay varies evenly by up to so much more or less. Packets keep their order. */
  readonly jitterUs: number;
  readonly duplicate: number;
  /** Packets held back, so that later ones overtake them, and for how long. */
  readonly reorder: number;
  readonly reorderUs: number;
  /** Packets with one bit of their payload inverted: who receives them sees a wrong checksum. */
  readonly corrupt: number;
}

export type LossSpec =
  /**
   * Each packet with the same chance. `burst`: the mean number lost in a row, by a chain of two
   * states (Gilbert); absent = each on its own, which is 1 / (1 − ratio) in a row.
   */
  | { readonly kind: 'random'; readonly ratio: number; readonly burst: number | undefined }
  /** Packets n, 2n, 3n … of the flow: the deterministic model of RFC 9438. */
  | { readonly kind: 'every'; readonly every: number }
  /** These packets of the flow, from 1, ascending. */
  | { readonly kind: 'list'; readonly packets: readonly number[] };

/** Nothing passes for `lostUs` at the end of each `periodUs`, counted from the start of the link. */
export interface OutageSpec {
  readonly lostUs: number;
  readonly periodUs: number;
}

export interface RateSpec {
  readonly capacity: CapacitySpec;
  /** What does not fit is lost (tail drop). */
  readonly queue: QueueSpec;
}

export type CapacitySpec =
  | { readonly kind: 'constant'; readonly bitsPerSecond: number }
  /**
   * Opportunities of 1,500 bytes at these times, again and again with the period of the last one:
   * a trace in the format of mahimahi. An opportunity that nobody uses is gone. Client k starts at
   * a place of its own, client 0 at the beginning.
   */
  | ({ readonly kind: 'trace'; readonly file: string } & Trace);

/** What a file of opportunities says. A path may hold another trace tomorrow. */
export interface Trace {
  readonly atUs: readonly number[];
  /** Of the bytes of the file, hex. */
  readonly sha256: string;
}

/**
 * Counted is what has not left: waiting packets, and of the one that is being sent what is still
 * to be sent (`packets`: the whole). `us`: as many bytes as the mean rate carries in that time.
 */
export type QueueSpec =
  | { readonly unit: 'us'; readonly limit: number }
  | { readonly unit: 'bytes'; readonly limit: number }
  | { readonly unit: 'packets'; readonly limit: number };

/** Of a full packet, and of an opportunity of a trace. */
export const FULL_PACKET_BYTES = 1_500;

/** The name of the link that does nothing: clients reach the server as they are. */
export const NO_LINK = 'none';
