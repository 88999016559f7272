/**
 * StreamPulse Lab as a library: the broadcast core with its transports, codecs and sources.
 *
 * A server is a `Broadcast` behind one or more transports; a subscriber connects through the client
 * half of the same transport and hands its receiver the messages as byte ranges, or simply loops
 * over `subscribe(url)`.
 */
export { parseAlert } from './client/alert/parse.js';
export { AlertWatch } from './client/alert/watch.js';
export { subscribe } from './client/feed.js';
export type { FeedEvent } from './client/feed-event.js';
export type { Feed, FeedStats } from './client/feed-stats.js';
export type { FeedOptions } from './client/options.js';

export type { Codec, Decoded, ScanVisitor } from './codecs/codec.js';
export { codecNames, loadCodec } from './codecs/registry.js';
export { Broadcast } from './core/broadcast.js';
export type { BroadcastOptions, SubscribeRequest } from './core/broadcast-options.js';

export { type Clock, systemClock } from './core/clock.js';
export type { FlushMode } from './core/flush.js';

export type { ControlMessage, JsonValue, Message, MessageValue } from './core/message.js';
export { isControl } from './core/message.js';
export { policyNames } from './core/overload/policy.js';
export type { Sink, SinkReader } from './core/sink.js';
export type { SlowClient } from './core/slowest.js';
export type { Subscriber } from './core/subscriber.js';

export { type ErrorCode, LabError } from './errors.js';
export type { SourceLike } from './serve/feeder.js';

export type { LogFields, ServerLog } from './serve/log.js';
export type {
  LabServer,
  OnEnd,
  ServerOptions,
} from './serve/options.js';

export { createServer } from './serve/server.js';
export type {
  ClockStatus,
  ListenCounters,
  ServerStats,
  SourceStatus,
  TransportStats,
} from './serve/stats.js';

export { openSource, sourceNames } from './sources/registry.js';
export type {
  RecordingPoint,
  ReplayColumns,
  Source,
  SourceItem,
  SourceOptions,
  SourceReading,
  SourceStats,
  TimeUnit,
} from './sources/source.js';

export {
  newServerCounters,
  type PacketCounters,
  type ServerCounters,
} from './transports/counters.js';

export { listenError } from './transports/end.js';
export type { Endpoint } from './transports/endpoint.js';

export {
  loadTransport,
  type TransportListenOptions,
  transportNames,
} from './transports/registry.js';
export type {
  ConnectOptions,
  ListenOptions,
  Receiver,
  ServerTransport,
  Subscription,
  Transport,
  TransportServer,
} from './transports/transport.js';
