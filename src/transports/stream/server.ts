import type { Server } from 'node:net';
import type { Broadcast } from '../../core/broadcast.js';
import type { Clock } from '../../core/clock.js';
import type { ServerCounters } from '../counters.js';
import { newServerCounters } from '../counters.js';
import type { Endpoint } from '../endpoint.js';
import { DEFAULT_STALL_MS } from '../server/liveness.js';
import type { TransportServer } from '../transport.js';
import { WaitingQuota } from '../waiting-quota.js';
import { Connections } from './connections.js';
import type { StreamListenOptions } from './options.js';

/**
 * `StreamListenOptions` says what each is. `maxRequestBytes` binds TCP as it is: only a WebSocket
 * server can be given another.
 */
export const STREAM_DEFAULTS = {
  heartbeatMs: 1_000,
  graceMs: 500,
  maxQueuedBytes: 256 * 1024,
  drainMs: 2_000,
  maxRequestBytes: 64 * 1024,
  maxWaiting: 1_024,
  stallMs: DEFAULT_STALL_MS,
  handshakeTimeoutMs: 5_000,
} as const;

/**
 * A server whose subscribers have a TCP connection each, whatever is spoken on it before the stream
 * begins.
 */
export abstract class StreamServer implements TransportServer {
  abstract readonly transport: string;
  readonly sender = 'socket.write';
  /** The kernel tunes TCP buffers itself and Node cannot read their size. */
  readonly sendBufferBytes = null;
  readonly counters: ServerCounters = newServerCounters();
  protected readonly clock: Clock;
  protected readonly heartbeatMs: number;
  protected readonly graceMs: number;
  protected readonly connections: Connections;
  /** Made, but not bound, by the constructor. */
  protected abstract readonly server: Server;
  #endpoint: Endpoint = { host: '', port: 0 };
  #closing: Promise<void> | undefined;

  /**
   * `silenceMs`: a client with nothing queued gives a sign of life within this; absent = none is
   * expected.
   */
  constructor(broadcast: Broadcast, options: StreamListenOptions, silenceMs?: number) {
    this.clock = options.clock;
    this.heartbeatMs = options.heartbeatMs ?? STREAM_DEFAULTS.heartbeatMs;
    this.graceMs = options.graceMs ?? STREAM_DEFAULTS.graceMs;
    const { notSentBytes, maxQueuedBytes = STREAM_DEFAULTS.maxQueuedBytes } = options;
    this.connections = new Connections({
      broadcast,
      codecs: options.codecs,
      clock: this.clock,
      counters: this.counters,
      heartbeatMs: this.heartbeatMs,
      // What Node holds is out of reach as well.
      maxQueuedBytes: Math.min(maxQueuedBytes, notSentBytes ?? maxQueuedBytes),
      notSentBytes,
      congestion: options.congestion,
      drainMs: STREAM_DEFAULTS.drainMs,
      maxWaiting: options.maxWaiting ?? STREAM_DEFAULTS.maxWaiting,
      waitingQuota: options.waitingQuota ?? new WaitingQuota(),
      stallMs: options.stallMs ?? STREAM_DEFAULTS.stallMs,
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
  }

  get congestionControl(): string | null {
    return this.connections.congestionControl;
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_CONGESTION */
  async listen({ host, port }: StreamListenOptions): Promise<TransportServer> {
    this.#endpoint = await this.connections.listen(this.server, host, port);
    return this;
  }

  close(drainMs: number = STREAM_DEFAULTS.drainMs): Promise<void> {
    this.#closing ??= this.connections.close(this.server, drainMs);
    return this.#closing;
  }
}
