import { randomBytes } from 'node:crypto';
import { LabError, quotedMessage, type SerializedLabError } from '../../../src/errors.js';
import { isHost } from '../../../src/options/values.js';
import type { Endpoint } from '../../../src/transports/endpoint.js';
import { mostSegments } from '../../../src/transports/native/segments.js';
import { WorkerHandle } from '../../process/worker-process.js';
import { share } from '../../workload/share.js';
import { UNMARKED } from './mark.js';
import { inOneWindow, sendsPerSecond, type WindowCount } from './rate.js';

export type BareSender = 'dgram' | 'sendmmsg' | 'gso';

export interface CeilingOptions {
  readonly transport: 'tcp' | 'udp';
  /** A local address: the server is bound to it. */
  readonly host: string;
  readonly clients: number;
  /** Bytes of one write (TCP) or datagram (UDP, at most 65,507). */
  readonly bytesPerSend: number;
  /** What one send stands for; it only scales the result. */
  readonly messagesPerSend: number;
  /** Measured window; a warm-up of a fifth of it comes before. */
  readonly durationMs: number;
  /** Client processes; never more than clients. */
  readonly processes: number;
  /**
   * UDP: SO_RCVBUF and SO_SNDBUF to ask for, as the transport under test did; null leaves the
   * kernel's.
   */
  readonly receiveBufferBytes?: number | null;
  readonly sendBufferBytes?: number | null;
  /** UDP: how the bare loop sends, the same as the transport under test did. Default dgram. */
  readonly sender?: BareSender;
  /** `gso`: datagrams in one send, which the kernel cuts apart. Default 16. */
  readonly segments?: number;
  readonly signal?: AbortSignal;
}

/** `available: false` has a reason and no figures. */
export interface Ceiling {
  readonly available: boolean;
  readonly reason: string | null;
  /** Sends received, over all clients. */
  readonly sends_per_s: number | null;
  /**
   * Sends that the sender's kernel took in the sender's window. Over UDP those received are of them,
   * so it is never fewer. Over TCP all arrive, but buffers fill in one window and empty in another.
   */
  readonly sent_per_s: number | null;
  /** The same × messagesPerSend. */
  readonly messages_per_s: number | null;
}

export interface CeilingServerSpec {
  readonly transport: 'tcp' | 'udp';
  readonly host: string;
  readonly clients: number;
  readonly bytesPerSend: number;
  readonly sendBufferBytes: number | null;
  readonly sender: BareSender;
  readonly segments: number;
  /** What a client says to be served: whoever does not is none of ours. */
  readonly token: Uint8Array;
}

export interface CeilingClientsSpec {
  readonly transport: 'tcp' | 'udp';
  readonly endpoint: Endpoint;
  readonly clients: number;
  readonly receiveBufferBytes: number | null;
  readonly readyTimeoutMs: number;
  readonly token: Uint8Array;
}

export type ToCeilingServer =
  | { readonly type: 'listen'; readonly spec: CeilingServerSpec }
  | { readonly type: 'go'; readonly warmupMs: number; readonly windowMs: number }
  | { readonly type: 'close' };

export type FromCeilingServer =
  | { readonly type: 'listening'; readonly endpoint: Endpoint }
  /** Every client is there. */
  | { readonly type: 'full' }
  /** Sends in the window. */
  | { readonly type: 'report'; readonly count: WindowCount }
  | { readonly type: 'error'; readonly error: SerializedLabError };

export type ToCeilingClients =
  | { readonly type: 'connect'; readonly spec: CeilingClientsSpec }
  /** TCP: count the bytes of a window of your own. */
  | { readonly type: 'measure'; readonly warmupMs: number; readonly windowMs: number }
  /** UDP: how many marked datagrams have come, of all that the sender marked in this time? */
  | { readonly type: 'collect'; readonly elapsedMs: number }
  | { readonly type: 'close' };

export type FromCeilingClients =
  | { readonly type: 'ready' }
  /** Received by this process: bytes (TCP) or datagrams (UDP). */
  | { readonly type: 'report'; readonly count: WindowCount }
  | { readonly type: 'error'; readonly error: SerializedLabError };

type Server = WorkerHandle<ToCeilingServer, FromCeilingServer>;
type Clients = WorkerHandle<ToCeilingClients, FromCeilingClients>;

const WARMUP_SHARE = 0.2;
const LISTEN_TIMEOUT_MS = 30_000;
const READY_TIMEOUT_MS = 20_000;
/** Added to the readiness timeout per client. */
const READY_PER_CLIENT_MS = 5;
/** On top of what was asked for, before a silent worker counts as dead. */
const PATIENCE_MS = 15_000;
const TOKEN_BYTES = 16;
const SEGMENTS = 16;
const MAX_DATAGRAM = 65_507;

/**
 * How much a bare socket loop delivers: one process writes the same buffer to every client in turn,
 * others count what they **receive**: over TCP in windows by their own clocks, over UDP of what was
 * sent in the sender's. Never throws: without figures, `available: false` with a reason. Leaves no
 * process behind.
 */
export async function runCeiling(options: CeilingOptions): Promise<Ceiling> {
  const { signal } = options;
  const workers: (Server | Clients)[] = [];
  const kill = (): void => {
    for (const worker of workers) worker.kill();
  };
  signal?.addEventListener('abort', kill);
  try {
    signal?.throwIfAborted();
    check(options);
    const { received: sends, sent } = await measure(options, workers);
    if (!(sends > 0)) return noCeiling('nothing was received in the window');
    return {
      available: true,
      reason: null,
      sends_per_s: sends,
      sent_per_s: sent,
      messages_per_s: sends * options.messagesPerSend,
    };
  } catch (error) {
    const said = quotedMessage(LabError.from(error));
    return noCeiling(signal?.aborted === true ? 'interrupted' : said);
  } finally {
    signal?.removeEventListener('abort', kill);
    await Promise.all(workers.map((worker) => worker.stop({ type: 'close' })));
  }
}

export function noCeiling(reason: string): Ceiling {
  return { available: false, reason, sends_per_s: null, sent_per_s: null, messages_per_s: null };
}

/** Sends per second. Every process that is started is in `workers`. */
async function measure(
  options: CeilingOptions,
  workers: (Server | Clients)[],
): Promise<{ readonly received: number; readonly sent: number }> {
  const { transport, host, clients, bytesPerSend, durationMs } = options;
  const server: Server = new WorkerHandle('ceiling server', 'bench/probe/ceiling/server.js');
  workers.push(server);
  const receivers: Clients[] = [];
  for (let i = 0; i < Math.min(options.processes, clients); i++) {
    receivers.push(new WorkerHandle('ceiling clients', 'bench/probe/ceiling/clients.js'));
    workers.push(receivers[i]!);
  }
  const token = randomBytes(TOKEN_BYTES);
  // An answer to a hello that was repeated may come late.
  token[0] = UNMARKED;
  const sendBufferBytes = options.sendBufferBytes ?? null;
  const sender = options.sender ?? 'dgram';
  const segments =
    sender === 'gso' ? Math.min(options.segments ?? SEGMENTS, mostSegments(bytesPerSend)) : 1;
  const spec = { transport, host, clients, bytesPerSend, sendBufferBytes, sender, segments, token };
  server.tell({ type: 'listen', spec });
  const { endpoint } = await server.expect('listening', LISTEN_TIMEOUT_MS);
  const receiveBufferBytes = options.receiveBufferBytes ?? null;
  const readyTimeoutMs = READY_TIMEOUT_MS + clients * READY_PER_CLIENT_MS;
  const joining = receivers.map((worker, i) => {
    const mine = share(clients, receivers.length, i);
    const spec = { transport, endpoint, clients: mine, receiveBufferBytes, readyTimeoutMs, token };
    worker.tell({ type: 'connect', spec });
    return worker.expect('ready', readyTimeoutMs + PATIENCE_MS);
  });
  await Promise.all([server.expect('full', readyTimeoutMs + PATIENCE_MS), ...joining]);
  const warmupMs = durationMs * WARMUP_SHARE;
  const times = { warmupMs, windowMs: durationMs };
  if (transport === 'tcp')
    for (const worker of receivers) worker.tell({ type: 'measure', ...times });
  const counting = receivers.map((worker) =>
    worker.expect('report', warmupMs + durationMs + PATIENCE_MS),
  );
  server.tell({ type: 'go', ...times });
  const sending = server.expect('report', warmupMs + durationMs + PATIENCE_MS);
  if (transport === 'udp')
    void sending.then(
      ({ count: { elapsedMs } }) => {
        for (const worker of receivers) worker.tell({ type: 'collect', elapsedMs });
      },
      () => {},
    );
  const [sent, reports] = await Promise.race([
    Promise.all([sending, Promise.all(counting)]),
    server.died,
  ]);
  const counts = reports.map(({ count }) => count);
  return {
    received:
      transport === 'tcp'
        ? sendsPerSecond(counts, bytesPerSend)
        : sendsPerSecond([inOneWindow(counts)], 1),
    sent: sendsPerSecond([sent.count], 1),
  };
}

/** @throws LAB_ERR_BAD_VALUE */
function check(options: CeilingOptions): void {
  const { transport, host, clients, bytesPerSend, messagesPerSend, durationMs, processes } =
    options;
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  const problems: readonly [boolean, string][] = [
    [isHost(host), `${JSON.stringify(host)} is not a host name or address`],
    [whole(clients), `there is no ceiling of ${clients} clients`],
    [whole(bytesPerSend), `there is no send of ${bytesPerSend} bytes`],
    [transport === 'tcp' || bytesPerSend <= MAX_DATAGRAM, `no datagram has ${bytesPerSend} bytes`],
    [
      messagesPerSend > 0 && messagesPerSend < Infinity,
      `${messagesPerSend} messages per send are none`,
    ],
    [durationMs > 0 && durationMs < Infinity, `${durationMs} ms are not a window`],
    [whole(processes), `there are no ${processes} processes`],
  ];
  for (const [good, message] of problems)
    if (!good) throw new LabError('LAB_ERR_BAD_VALUE', message);
}
