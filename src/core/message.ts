/** What travels: data messages, and the control messages a stream carries between them. */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * A JSON value (finite numbers only), or bytes. Bytes may stand only at the top, not inside a JSON
 * value.
 */
export type MessageValue = JsonValue | Uint8Array;

/** One published message. */
export interface Message {
  /** Position in the feed: 1, 2, 3, … without gaps at the publisher. At most 2^53 − 1. */
  readonly seq: number;
  /** Integer microseconds since the Unix epoch (fits a double exactly). When it was published. */
  readonly time: number;
  /**
   * What the message is about (a symbol, a sensor). The snapshot keeps the newest value of each
   * key.
   */
  readonly key: string;
  readonly value: MessageValue;
}

/**
 * First on every stream. Data with `seq < next` that follows is the snapshot or a replay; the live
 * feed starts at `next`.
 */
export interface Welcome {
  readonly control: 'welcome';
  /** Version of the wire, 1. */
  readonly protocol: number;
  readonly codec: string;
  /**
   * Random identity of this sequence space, 16 hex digits: a restarted server is never mistaken for
   * the old one.
   */
  readonly epoch: string;
  /** First sequence number of the live feed for this subscriber. */
  readonly next: number;
  /** Lowest sequence number still retained; equals `next` when nothing is. */
  readonly oldest: number;
  /** How many snapshot messages (latest value per key) follow before the live feed. */
  readonly snapshot: number;
  readonly heartbeat_ms: number;
  /** The server's clock when it said so, µs since the epoch; absent = it does not tell. */
  readonly time?: number;
  /** Overload policy that this subscriber has, with its limits; absent = it does not tell. */
  readonly policy?: string;
}

/**
 * This subscriber fell behind and `missed` messages were skipped; the stream goes on at `next`. With
 * `from`, they were conflated: of the messages from `from` on before `next`, the last one of each
 * key follows, and `missed` others will not.
 */
export interface Lagged {
  readonly control: 'lagged';
  readonly missed: number;
  readonly next: number;
  readonly from?: number;
  /** With `from`: µs since the oldest of them was published. */
  readonly age_us?: number;
}

/** What a sink was told, as it tells it. */
export function laggedNotice(
  missed: number,
  next: number,
  conflated: { readonly from: number; readonly ageMicros: number } | undefined,
): Lagged {
  const lagged: Lagged = { control: 'lagged', missed, next };
  if (conflated === undefined) return lagged;
  return { ...lagged, from: conflated.from, age_us: conflated.ageMicros };
}

/**
 * Sent after a second of silence; `next` is the sequence number the next message will have. A hint,
 * never data.
 */
export interface Heartbeat {
  readonly control: 'heartbeat';
  readonly next: number;
}

/**
 * The last thing on a stream. `reason` is 'closed' (feed over), or a LAB_ERR_* code when the
 * subscription was refused or cut.
 */
export interface End {
  readonly control: 'end';
  readonly reason: string;
  readonly message?: string;
}

export type ControlMessage = Welcome | Lagged | Heartbeat | End;

/**
 * True for a control message, false for data: on the wire too, a control message is the map that
 * has a `control` member.
 */
export function isControl(item: Message | ControlMessage): item is ControlMessage {
  return 'control' in item;
}
