/** What a server process of a cell is told. Pure. */
import { passedOn } from '../../src/options/option.js';
import { transportTable } from '../../src/transports/registry.js';
import {
  DEFAULT_CONGESTION,
  FEWEST_TO_WEIGH,
  type LocalCell,
  type RunConfig,
  sourceChoices,
} from '../config.js';
import type { ServerSpec } from '../ipc/server.js';
import type { FeedSpec } from '../workload/feed-plan.js';
import { share } from '../workload/share.js';

export function feedSpec(
  { ratePerSecond, sizeBytes, durationMs }: LocalCell,
  config: RunConfig,
): FeedSpec {
  return {
    ratePerSecond,
    speed: config.speed ?? 1,
    source: config.source,
    ...sourceChoices(config),
    sizeBytes,
    seed: config.seed,
    warmupMs: config.warmupMs,
    durationMs,
  };
}

/** `shard`: from 0 on; each has its own port and its share of the clients, and all one feed. */
export function serverSpec(
  plan: LocalCell,
  config: RunConfig,
  anchor: number,
  shard: number,
  host: string,
): ServerSpec {
  return {
    anchor,
    transport: plan.transport,
    codec: plan.codec,
    host,
    port: config.port === 0 ? 0 : config.port + shard,
    weighsClients: plan.clients >= FEWEST_TO_WEIGH,
    maxClients: share(plan.clients, config.shards, shard),
    feed: feedSpec(plan, config),
    flush: plan.flush,
    policy: plan.policy,
    injectDelayMs: config.inject?.delayMs ?? 0,
    injectPerSecond: config.inject?.perSecond ?? null,
    transportOptions: passedOn(
      transportTable(plan.transport),
      'listen',
      { ...config.transportOptions, repair: plan.repair, congestion: askedOf(plan) },
      host,
    ),
  };
}

/** Null leaves it to the kernel. */
function askedOf({ congestion }: LocalCell): string | null {
  return congestion === DEFAULT_CONGESTION ? null : congestion;
}
