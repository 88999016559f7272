/** What the link between the clients of a cell and its server did. Part of cell.ts. */
import { z } from 'zod';
import { count, positive, roundTrip } from './measures.js';

/** A figure of a link: asked for, found, and between which two it had to lie. */
const check = z.strictObject({
  direction: z.enum(['up', 'down', 'both']),
  what: z.string(),
  /** Of the next four; `share` from 0 to 1. */
  unit: z.enum(['us', 'bit/s', 'packets', 'share']),
  requested: z.number(),
  /** Null = it could not be measured, and nothing is concluded from it. */
  achieved: z.number().nullable(),
  /** Between which it had to lie; null = no such bound. */
  low: z.number().nullable(),
  high: z.number().nullable(),
});

/**
 * SHA-256 (hex) of the file of each direction that goes by a trace; a path may hold another one
 * later. Null = no direction does, or an earlier lab did not record it.
 */
export const linkTraces = z
  .strictObject({ up: z.string().nullable(), down: z.string().nullable() })
  .nullable();

/** Of all clients together; packets of IP, bytes with their headers. */
const direction = z.strictObject({
  packets: count,
  bytes: count,
  delivered: count,
  delivered_bytes: count,
  /** By the loss that was asked for, by a full queue, in an outage. */
  lost: count,
  overflow: count,
  outage: count,
  duplicated: count,
  reordered: count,
  corrupted: count,
});

export const linkCounts = z.strictObject({
  /** What was asked of the link, in full. */
  specification: z.string(),
  /** One way, without queues, as asked for: from clients to the server, and back. */
  delay_us: z.strictObject({ up: positive, down: positive }),
  /** From clients to the server, and back. */
  up: direction,
  down: direction,
  /** Packets that found the queue of the server's uplink full. */
  uplink_overflow: count,
  /**
   * UDP: data datagrams that did not reach their client, and the messages of the window in them, by
   * the emulator; null on a transport without, and where there were too many to list.
   */
  dropped_datagrams: count.nullable(),
  dropped_messages: count.nullable(),
  /** TCP segments with payload that did not reach their client; null on another transport. */
  dropped_segments: count.nullable(),
  /** Actual − decided time of delivery; null where too few were delivered to tell. */
  lateness_us: z.strictObject({
    p50: positive.nullable(),
    p99: positive.nullable(),
    max: positive.nullable(),
  }),
  /** Packets that the kernel, or the emulator for want of room, threw away unasked. */
  unread: count,
  no_room: count,
  /** What the cell itself saw of its link; null: an earlier lab, which did not look. */
  checks: z.array(check).nullable(),
});

/** What is asked of one direction, as far as reports go by it. */
const asked = z.strictObject({
  /** One way, without queues, µs. */
  delay_us: positive,
  /** Share of the packets that is lost at random; null where it is another loss (`every:1000`). */
  loss_ratio: z.number().min(0).max(1).nullable(),
  /** Mean number lost in a row; null = each on its own. */
  burst: positive.nullable(),
});

/** A link of a run, as it was found before its first cell. */
export const linkFound = z.strictObject({
  name: z.string(),
  /** What was asked of it, in full. */
  specification: z.string(),
  /** Where the values of a profile come from, and which of them no source has; else null. */
  source: z.string().nullable(),
  assumed: z.string().nullable(),
  traces: linkTraces,
  /**
   * Delay and loss of each direction, and all else that is asked, as text (empty = nothing else).
   * Null in a result of an earlier lab.
   */
  asked: z.strictObject({ up: asked, down: asked, else: z.string() }).nullable(),
  /** Through the idle link, with the first payload size of the matrix. */
  ping: roundTrip,
  /** What probes of the lab found before the first cell; a link that failed is not measured. */
  checks: z.array(check),
});
