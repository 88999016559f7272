/**
 * What a link between clients and server does to IP packets, direction by direction. Every client
 * has a link of its own; all share the uplink of the server. Times are µs, sizes bytes of the IP
 * packet with its headers, rates bits a second of those, shares from 0 to 1.
 */
export interface LinkSpec {
  /** As it was given and stands in results: `none`, the name of a profile, or the spec itself. */
  readonly name: string;
  /** From a client to the server. */
  readonly up: DirectionSpec;
  /** From the server to a client. */
  readonly down: DirectionSpec;
  /** Of the server, towards all clients together, before their own links; absent = unlimited. */
  readonly uplink: RateSpec | undefined;
}

export interface DirectionSpec {
  /** One way, without the time in the queue. */
  readonly delayUs: number;
  /** Delay varies evenly by up to so much more or less. Packets keep their order. */
  readonly jitterUs: number;
  readonly loss: LossSpec;
  readonly duplicate: number;
  /** Packets held back, so that later ones overtake them, and for how long. */
  readonly reorder: number;
  readonly reorderUs: number;
  /** Packets with one bit of their payload inverted: who receives them sees a wrong checksum. */
  readonly corrupt: number;
  /** Absent = unlimited. */
  readonly rate: RateSpec | undefined;
}

export type LossSpec =
  /** Two states (Gilbert): `burst` is the mean number of packets lost in a row, 1 = independent. */
  | { readonly kind: 'random'; readonly ratio: number; readonly burst: number }
  /** Packets n, 2n, 3n … of the flow: the deterministic model of RFC 9438. */
  | { readonly kind: 'every'; readonly every: number }
  /** These packets of the flow, from 1, ascending. */
  | { readonly kind: 'list'; readonly packets: readonly number[] }
  /** All packets for `lostUs` at the end of each `periodUs`. */
  | { readonly kind: 'outage'; readonly lostUs: number; readonly periodUs: number };

export interface RateSpec {
  readonly capacity: CapacitySpec;
  /** What does not fit is lost (tail drop); absent = for ever. */
  readonly queue: QueueSpec;
}

export type CapacitySpec =
  | { readonly kind: 'constant'; readonly bitsPerSecond: number }
  /**
   * Opportunities of 1,500 bytes at these times, again and again with the period of the last one:
   * a trace in the format of mahimahi. An opportunity that nobody uses is gone.
   */
  | { readonly kind: 'trace'; readonly file: string; readonly atUs: readonly number[] };

export type QueueSpec =
  | { readonly unit: 'us'; readonly limit: number }
  | { readonly unit: 'bytes'; readonly limit: number }
  | { readonly unit: 'packets'; readonly limit: number };
