import type { z } from 'zod';
import type { BroadcastOptions, SubscribeRequest } from './broadcast.js';
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
import { DEFAULT_POLICY } from './overflow.js';

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
