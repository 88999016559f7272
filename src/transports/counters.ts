/** What transports count. Numbers only grow. */
import type { SkipReason } from '../core/sink.js';

/**
 * Everything a server half did, counted. Plain numbers that only grow. To a multicast server, the
 * group is the one subscriber: what one send carried is counted once, however many received it.
 */
export interface ServerCounters {
  /** Subscriptions accepted, refused, ended. */
  accepted: number;
  refused: number;
  ended: number;
  /**
   * Of `ended`, those whose peer was given up: it took nothing of what was queued for it (TCP,
   * WebSocket); it gave no sign of life (WebSocket, UDP); the system found that nothing gets
   * through to it any more (TCP, WebSocket); it kept losing too much of what it was sent (UDP).
   */
  stalled: number;
  silent: number;
  unreachable: number;
  congested: number;
  /** UDP: times that a subscriber was paced, and not repaired, because it lost too much. */
  reduced: number;
  /**
   * Of `refused`: connections that had not subscribed and were closed because others wanted in
   * (TCP, WebSocket).
   */
  evicted: number;
  /** Writes or datagrams handed to the kernel, and their bytes (headers of ours included). */
  sends: number;
  sendBytes: number;
  /** Of those bytes, what only fills datagrams up to the length of others (UDP segmentation). */
  paddingBytes: number;
  /**
   * UDP segmentation offload: sends that carried several datagrams to one subscriber, and those
   * datagrams, each of them in `sends`.
   */
  coalescedSends: number;
  coalescedDatagrams: number;
  /** Subscribers on whose path the kernel would not segment: their datagrams go one by one. */
  segmentationRefused: number;
  /** Messages in those sends, summed over subscribers. */
  sentMessages: number;
  /** Messages in sends that the kernel refused (they are lost). */
  sendErrorMessages: number;
  /** Messages skipped by the overload policy, summed over subscribers. */
  droppedMessages: number;
  /** Messages that later ones of their keys replaced (policy conflate), summed over subscribers. */
  conflatedMessages: number;
  /**
   * Messages that the codec of a subscriber cannot encode, or that do not fit its datagrams, summed
   * over subscribers.
   */
  refusedMessages: number;
  /**
   * UDP: NAKs of subscribers; the datagrams that repeated messages for them, or were sent with
   * parities or copies, and their bytes, each in `sends` and `sendBytes` too; ranges and parities
   * that the budget withheld, and ranges that were no longer retained; messages not repeated, or
   * not copied, as later ones of their keys had been published.
   */
  naks: number;
  repairs: number;
  repairBytes: number;
  repairsWithheld: number;
  repairsGone: number;
  repairsSuperseded: number;
  /** Input that made no sense and was ignored. */
  malformed: number;
}

/** Kinds of packets that clients send; `other` is whatever is none of these. */
export const PACKET_KINDS = ['hello', 'subscribe', 'report', 'nak', 'end', 'other'] as const;

/**
 * Why a packet had no effect: it makes no sense, its token is wrong or too old, it belongs to no
 * subscription of its sender, the server is closing.
 */
export const IGNORED_REASONS = ['malformed', 'bad_token', 'unknown_subscriber', 'closing'] as const;

/**
 * How the handshake was answered: a token for the address, a subscription, the same again to whom
 * has not confirmed it, a refusal. Whoever sends HELLOs and never returns a token gets nothing but
 * `retry`.
 */
export const HANDSHAKE_ANSWERS = ['retry', 'accept', 'accept_again', 'reject'] as const;

/** Datagrams that reached a server half, counted. Plain numbers that only grow. */
export interface PacketCounters {
  readonly received: Record<(typeof PACKET_KINDS)[number], number>;
  readonly ignored: Record<(typeof IGNORED_REASONS)[number], number>;
  readonly answered: Record<(typeof HANDSHAKE_ANSWERS)[number], number>;
}

export interface ClientCounters {
  /** Reads (TCP, WebSocket) or data datagrams (UDP), and their bytes, headers included. */
  reads: number;
  bytes: number;
  /** UDP, from `dseq`: datagrams that never came, came twice, came after a later one. */
  datagramsLost: number;
  datagramsDuplicated: number;
  datagramsReordered: number;
  /** UDP: most messages in one datagram, and most datagrams in one read (UDP_GRO). */
  mostInDatagram: number;
  mostInRead: number;
  /** Datagrams or bytes that made no sense. */
  malformed: number;
}

/** What a client has made of repair. Plain numbers that only grow. */
export interface RepairCounters {
  /** NAKs sent. */
  naks: number;
  /** Parities and copies that came, those that brought back a datagram, and the superfluous. */
  redundant: number;
  used: number;
  unused: number;
  /** Messages that came as a repair, or were rebuilt, in time. */
  repaired: number;
  /** Messages that came after the deadline, as a repair or by themselves. */
  late: number;
  /** Datagrams of which original and repair came. */
  spurious: number;
  /**
   * Ranges that were asked for and have not come in time; parities of blocks that lack more than
   * one.
   */
  futile: number;
  /** Ranges of which the server said that it no longer has them. */
  refused: number;
  /** Messages of which it said that later ones of their keys make them worthless. */
  superseded: number;
}

/** A server's counters at the start. */
export function newServerCounters(): ServerCounters {
  return {
    accepted: 0,
    refused: 0,
    ended: 0,
    stalled: 0,
    silent: 0,
    unreachable: 0,
    congested: 0,
    reduced: 0,
    evicted: 0,
    sends: 0,
    sendBytes: 0,
    paddingBytes: 0,
    coalescedSends: 0,
    coalescedDatagrams: 0,
    segmentationRefused: 0,
    sentMessages: 0,
    sendErrorMessages: 0,
    droppedMessages: 0,
    conflatedMessages: 0,
    refusedMessages: 0,
    naks: 0,
    repairs: 0,
    repairBytes: 0,
    repairsWithheld: 0,
    repairsGone: 0,
    repairsSuperseded: 0,
    malformed: 0,
  };
}

/** Counts messages that a subscriber does not get. */
export function countSkipped(counters: ServerCounters, missed: number, why: SkipReason): void {
  if (why === 'policy') counters.droppedMessages += missed;
  else if (why === 'conflated') counters.conflatedMessages += missed;
  else counters.refusedMessages += missed;
}

/** A server's counters of packets at the start. */
export function newPacketCounters(): PacketCounters {
  return {
    received: { hello: 0, subscribe: 0, report: 0, nak: 0, end: 0, other: 0 },
    ignored: { malformed: 0, bad_token: 0, unknown_subscriber: 0, closing: 0 },
    answered: { retry: 0, accept: 0, accept_again: 0, reject: 0 },
  };
}

/** A subscription's counters of repair at the start. */
export function newRepairCounters(): RepairCounters {
  return {
    naks: 0,
    redundant: 0,
    used: 0,
    unused: 0,
    repaired: 0,
    late: 0,
    spurious: 0,
    futile: 0,
    refused: 0,
    superseded: 0,
  };
}

/** A subscription's counters at the start. */
export function newClientCounters(): ClientCounters {
  return {
    reads: 0,
    bytes: 0,
    datagramsLost: 0,
    datagramsDuplicated: 0,
    datagramsReordered: 0,
    mostInDatagram: 0,
    mostInRead: 1,
    malformed: 0,
  };
}
