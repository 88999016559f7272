import type { z } from 'zod';
import type { Clock } from './clock.js';
import type { MessageEncoder } from './encoder.js';
import type { FlushMode } from './flush.js';
import type { Retention } from './log/message-log.js';
import {
  clockLike,
  flushMode,
  having,
  keyList,
  membersOf,
  retention,
  text,
  whole,
  yesOrNo,
} from './options.js';
import { DEFAULT_POLICY } from './overload/policy.js';

const encoder = having('an encoder', 'encode', 'encodeControl');

export const BROADCAST: z.ZodType = membersOf(
  {
    clock: clockLike,
    encoder,
    retention,
    // 0: nobody is let in.
    maxClients: whole(0, 10_000_000),
    // 0: nobody may choose keys.
    maxFilters: whole(0, 1_000_000),
    flush: flushMode,
    policy: text(DEFAULT_POLICY),
    maxBacklog: text('messages=1000/age=1s'),
    byInvitation: yesOrNo,
  } satisfies Record<keyof Required<BroadcastOptions>, z.ZodType>,
  ['clock', 'encoder'],
);

export const REQUEST: z.ZodType = membersOf(
  {
    encoder,
    keys: keyList,
    policy: text(DEFAULT_POLICY),
    fromSeq: whole(1, Number.MAX_SAFE_INTEGER),
  } satisfies Record<keyof Required<SubscribeRequest>, z.ZodType>,
  ['encoder'],
);

export const SINK: z.ZodType = having('a sink', 'flush', 'lagged', 'end');
export interface BroadcastOptions {
  /** What durations, timers and message times go by. */
  readonly clock: Clock;
  /** Encoder of the stream most subscribers get; its encoded length is what retention counts. */
  readonly encoder: MessageEncoder;
  /** How much of the past is kept. Default 16,384 messages and 64 MiB per encoding. */
  readonly retention?: Retention;
  /** Subscribers at one time. Default 1,000. */
  readonly maxClients?: number;
  /**
   * Only whoever names our epoch, so has been told it, is served: see `openSubscriber`
   * (transports/request). Default false.
   */
  readonly byInvitation?: boolean;
  /** Key filters in use at one time (each costs an encoding of its messages). Default 64. */
  readonly maxFilters?: number;
  /** When to send what is published: 'auto' (default), 0 (at once), or a period in ms. */
  readonly flush?: FlushMode;
  /** Overload policy of subscribers that ask for none. Default drop-oldest. */
  readonly policy?: string;
  /**
   * What no subscriber's backlog may be above, whatever it asks for: `messages=1000/bytes=64k/age=1s`,
   * at least one of them. Default: what is retained.
   */
  readonly maxBacklog?: string;
}

export interface SubscribeRequest {
  readonly encoder: MessageEncoder;
  /** Empty or absent = every key. */
  readonly keys?: readonly string[] | undefined;
  readonly policy?: string | undefined;
  /** Replay from here instead of a snapshot. What is no longer retained is reported as lagged. */
  readonly fromSeq?: number | undefined;
}
