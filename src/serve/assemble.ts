/**
 * The one way to put a server together: `lab serve`, the server of a benchmark's cell, the
 * self-test and the tools differ in the settings they give, and in nothing else.
 */
import type { Codec } from '../codecs/codec.js';
import { Broadcast } from '../core/broadcast.js';
import type { BroadcastOptions } from '../core/broadcast-options.js';
import type { Clock } from '../core/clock.js';
import type { FlushMode } from '../core/flush.js';
import type { Retention } from '../core/log/message-log.js';
import type { TransportListenOptions } from '../transports/registry.js';
import type { ServerTransport, TransportServer } from '../transports/transport.js';
import { WaitingQuota } from '../transports/waiting-quota.js';

/** What transports are told besides what all of them share. */
export type TransportSettings = Omit<
  Partial<TransportListenOptions>,
  'host' | 'port' | 'codecs' | 'clock' | 'waitingQuota'
>;

/** Absent = the default of the broadcast, or of each transport. */
export interface ServerSettings {
  readonly clock: Clock;
  /** Local address of everything that listens. */
  readonly host: string;
  /** Codecs a client may ask for; the first is the default. */
  readonly codecs: readonly Codec[];
  readonly maxClients: number;
  /** These five: see `BroadcastOptions`. */
  readonly retention?: Retention | undefined;
  readonly flush?: FlushMode | undefined;
  readonly policy?: string | undefined;
  readonly maxBacklog?: string | undefined;
  readonly byInvitation?: boolean | undefined;
  readonly transportOptions?: TransportSettings | undefined;
  /** Connections that may wait at each transport, whatever `transportOptions` say. */
  readonly maxWaiting?: number;
  /**
   * Told what a user of the server should know, unless `transportOptions` have it told elsewhere.
   */
  readonly onNotice?: (transport: string, notice: string) => void;
}

export interface AssembledServer {
  readonly broadcast: Broadcast;
  /** In the order in which they began to listen. */
  readonly listening: readonly TransportServer[];
  /**
   * Serves the broadcast over one more transport.
   * @throws LAB_ERR_PORT_IN_USE, LAB_ERR_LISTEN, LAB_ERR_BAD_VALUE
   */
  listen(transport: ServerTransport, port: number): Promise<TransportServer>;
  /** No more messages, then END to every subscriber, then closed sockets. */
  close(drainMs: number): Promise<void>;
}

/** Nothing listens yet. @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_POLICY */
export function assembleServer(settings: ServerSettings): AssembledServer {
  const broadcast = new Broadcast(broadcastOptions(settings));
  const waitingQuota = new WaitingQuota();
  const listening: TransportServer[] = [];
  return {
    broadcast,
    listening,
    listen: async (transport, port) => {
      const options = listenOptions(settings, transport.name, port);
      const server = await transport.listen(broadcast, { ...options, waitingQuota });
      listening.push(server);
      return server;
    },
    close: async (drainMs) => {
      broadcast.close();
      await Promise.all(listening.map((server) => server.close(drainMs)));
    },
  };
}

/** What the broadcast of such a server is given. Pure. */
export function broadcastOptions(settings: ServerSettings): BroadcastOptions {
  const { clock, codecs, maxClients, retention, flush, policy, maxBacklog, byInvitation } =
    settings;
  return {
    clock,
    encoder: codecs[0] as Codec,
    maxClients,
    ...(retention === undefined ? {} : { retention }),
    ...(flush === undefined ? {} : { flush }),
    ...(policy === undefined ? {} : { policy }),
    ...(maxBacklog === undefined ? {} : { maxBacklog }),
    ...(byInvitation === undefined ? {} : { byInvitation }),
  };
}

/** What a transport of such a server is given, beside the quota that all share. Pure. */
export function listenOptions(
  settings: ServerSettings,
  transport: string,
  port: number,
): Omit<TransportListenOptions, 'waitingQuota'> {
  const { clock, host, codecs, transportOptions, maxWaiting, onNotice } = settings;
  const waiting =
    maxWaiting === undefined
      ? {}
      : { maxWaiting: Math.min(transportOptions?.maxWaiting ?? maxWaiting, maxWaiting) };
  return {
    ...(onNotice === undefined
      ? {}
      : { onNotice: (notice: string) => onNotice(transport, notice) }),
    ...transportOptions,
    ...waiting,
    host,
    port,
    codecs,
    clock,
  };
}
