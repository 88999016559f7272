import { z } from 'zod';
import type { Codec } from '../codecs/codec.js';
import type { Broadcast } from '../core/broadcast.js';
import { type Clock, timeOfDay } from '../core/clock.js';
import type { Welcome } from '../core/message.js';
import type { Sink } from '../core/sink.js';
import type { Subscriber } from '../core/subscriber.js';
import { LabError } from '../errors.js';

/** Room for a name and its three limits. */
export const MAX_POLICY_CHARACTERS = 96;

/**
 * The one request a client may make, the same JSON object on every transport:
 * `{"codec":"msgpack","keys":["AAPL"],"policy":"disconnect","from":123}`; every member is optional.
 * `epoch` names the sequence space that `from` belongs to.
 */
const requestSchema = z.strictObject({
  codec: z.string().max(64).optional(),
  keys: z.array(z.string().min(1).max(256)).max(256).optional(),
  policy: z.string().max(MAX_POLICY_CHARACTERS).optional(),
  from: z.int().min(1).optional(),
  epoch: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'not 16 hex digits')
    .optional(),
});

export type SubscribeOptions = z.infer<typeof requestSchema>;

export const PROTOCOL_VERSION = 1;

/** @throws LAB_ERR_BAD_REQUEST naming what is wrong */
export function parseRequest(text: string): SubscribeOptions {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LabError('LAB_ERR_BAD_REQUEST', 'the request is not JSON', {
      cause,
      hint: REQUEST_HINT,
    });
  }
  return checkRequest(json);
}

/**
 * The same for a request that is an object already. @throws LAB_ERR_BAD_REQUEST naming what is
 * wrong
 */
export function checkRequest(json: unknown): SubscribeOptions {
  const parsed = requestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where =
    issue === undefined || issue.path.length === 0 ? 'request' : `request.${issue.path.join('.')}`;
  throw new LabError('LAB_ERR_BAD_REQUEST', `${where}: ${issue?.message ?? 'not understood'}`, {
    hint: REQUEST_HINT,
  });
}

const REQUEST_HINT =
  'send one JSON object such as {"codec":"line-json","keys":["AAPL"],"policy":"drop-oldest","from":1}';

/**
 * The request text for what a client was asked to do; members that hold the default are left out.
 */
export function formatRequest(options: {
  readonly codec: Codec;
  readonly keys?: readonly string[];
  readonly policy?: string;
  readonly fromSeq?: number;
  readonly epoch?: string;
}): string {
  return JSON.stringify({
    codec: options.codec.name,
    ...(options.keys === undefined || options.keys.length === 0 ? {} : { keys: options.keys }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    ...(options.fromSeq === undefined ? {} : { from: options.fromSeq }),
    ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
  });
}

/**
 * The codec a request asks for; the first one when it asks for none.
 * @throws LAB_ERR_UNKNOWN_CODEC
 */
export function chooseCodec(codecs: readonly Codec[], request: SubscribeOptions): Codec {
  const codec =
    request.codec === undefined ? codecs[0] : codecs.find(({ name }) => name === request.codec);
  if (codec === undefined) {
    throw new LabError(
      'LAB_ERR_UNKNOWN_CODEC',
      `this server does not speak codec '${request.codec}'`,
      {
        hint: `ask for one of: ${codecs.map(({ name }) => name).join(', ')}`,
      },
    );
  }
  return codec;
}

/**
 * Turns a parsed request into a subscriber of `broadcast`.
 * @throws LAB_ERR_UNKNOWN_CODEC, LAB_ERR_NOT_INVITED and whatever `Broadcast.subscribe` throws
 */
export function openSubscriber(
  broadcast: Broadcast,
  codecs: readonly Codec[],
  request: SubscribeOptions,
  sink: Sink,
): { readonly subscriber: Subscriber; readonly codec: Codec } {
  if (broadcast.byInvitation && request.epoch !== broadcast.epoch) {
    throw new LabError(
      'LAB_ERR_NOT_INVITED',
      'this server is part of a measurement, and serves nobody else',
      {
        hint: 'for a feed to subscribe to: lab serve',
      },
    );
  }
  const codec = chooseCodec(codecs, request);
  const subscriber = broadcast.subscribe(
    {
      encoder: codec,
      keys: request.keys,
      policy: request.policy,
      fromSeq: startOf(broadcast, request),
    },
    sink,
  );
  return { subscriber, codec };
}

/**
 * Where to begin. A number of another sequence space says nothing about this one: who asks with it
 * has seen none of this feed, so it begins at the first message, and what is no longer retained of
 * that is lagged.
 */
function startOf(broadcast: Broadcast, { from, epoch }: SubscribeOptions): number | undefined {
  if (from === undefined || epoch === undefined || epoch === broadcast.epoch) return from;
  return 1;
}

export function welcomeFor(
  broadcast: Broadcast,
  subscriber: Subscriber,
  codec: Codec,
  heartbeatMs: number,
  clock: Clock,
): Welcome & { readonly policy: string } {
  return {
    control: 'welcome',
    protocol: PROTOCOL_VERSION,
    codec: codec.name,
    epoch: broadcast.epoch,
    next: subscriber.next,
    oldest: subscriber.oldest,
    snapshot: subscriber.snapshotCount,
    heartbeat_ms: heartbeatMs,
    time: Math.floor(timeOfDay(clock)),
    policy: subscriber.policy.text,
  };
}
