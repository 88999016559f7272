/** What a null cell is told to do, and what its parts are told then. */
import { DEFAULT_RETENTION } from '../../src/core/log/message-log.js';
import { DEFAULT_POLICY } from '../../src/core/overload/policy.js';
import type { SubscribersSpec } from '../ipc/subscribers.js';
import type { FeedSpec } from '../workload/feed-plan.js';

/** The load of a null cell. */
export interface NullLoad {
  readonly codec: string;
  readonly clients: number;
  readonly ratePerSecond: number;
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly sizeBytes: number;
  readonly symbols: number;
  readonly flush: string;
  readonly seed: number;
  /** Messages that the log keeps. */
  readonly retained: number;
  /**
   * The transport promises to lose nothing: what is missing behind the last receipt is on its way.
   */
  readonly reliable: boolean;
}

export const DEFAULT_LOAD: NullLoad = {
  codec: 'line-json',
  clients: 4,
  ratePerSecond: 1_000,
  warmupMs: 0,
  durationMs: 3_000,
  sizeBytes: 40,
  symbols: 20,
  flush: '0',
  seed: 1,
  retained: DEFAULT_RETENTION.messages,
  reliable: false,
};

const READY_TIMEOUT_MS = 1_000;

export function feedOf({
  seed,
  sizeBytes,
  symbols,
  ratePerSecond,
  warmupMs,
  durationMs,
}: NullLoad): FeedSpec {
  return {
    source: 'synthetic',
    seed,
    sizeBytes,
    symbols,
    ratePerSecond,
    speed: 1,
    warmupMs,
    durationMs,
  };
}

export function subscribersOf({ codec, clients }: NullLoad, feed: FeedSpec): SubscribersSpec {
  return {
    anchor: 0,
    transport: 'null',
    codec,
    endpoints: [{ host: 'null', port: 0 }],
    epochs: null,
    feed,
    clients,
    firstClient: 0,
    localAddresses: null,
    connectConcurrency: clients,
    policy: DEFAULT_POLICY,
    decode: 'scan',
    receiver: 'node',
    transportOptions: {},
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}
