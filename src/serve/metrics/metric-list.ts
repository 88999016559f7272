/**
 * What `/metrics` tells: each metric with its help, its labels and its samples. Pure, but for what
 * the process says of itself.
 */
import { getHeapStatistics } from 'node:v8';
import {
  HANDSHAKE_ANSWERS,
  IGNORED_REASONS,
  PACKET_KINDS,
  type PacketCounters,
} from '../../transports/counters.js';
import type { ServerStats, TransportStats } from '../stats.js';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number | undefined, labels?: Labels];

/**
 * One metric: what it is, and its samples from the server's counters. A sample that cannot be told
 * is left out.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly samples: (stats: ServerStats) => readonly Sample[];
}

function perTransport(value: (transport: TransportStats) => number): Metric['samples'] {
  return ({ transports }) =>
    transports.map((transport) => [value(transport), { transport: transport.name }]);
}

/** Of each transport that counts packets, one sample of each kind. */
function perPacket<K extends string>(
  kinds: readonly K[],
  label: string,
  counters: (packets: PacketCounters) => Readonly<Record<K, number>>,
): Metric['samples'] {
  return ({ transports }) =>
    transports.flatMap(({ name: transport, packets }): Sample[] =>
      packets === undefined
        ? []
        : kinds.map((kind) => [counters(packets)[kind], { transport, [label]: kind }]),
    );
}

const TRANSPORT = ['transport'] as const;

function asNumber(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/**
 * What the server counted. A name in `_total` is a counter, any other a gauge;
 * docs/design/server.md has the same list.
 */
export const COUNTED: readonly Metric[] = [
  {
    name: 'lab_ready',
    help: '1 when /readyz says ready, else 0',
    samples: ({ notReady }) => [[notReady === undefined ? 1 : 0]],
  },
  {
    name: 'lab_clients',
    help: 'Subscribers now',
    labels: TRANSPORT,
    samples: perTransport(({ clients }) => clients),
  },
  {
    name: 'lab_clients_limit',
    help: 'Subscribers at most, over all transports',
    samples: ({ maxClients }) => [[maxClients]],
  },
  {
    name: 'lab_subscriptions_accepted_total',
    help: 'Subscriptions accepted',
    labels: TRANSPORT,
    samples: perTransport(({ accepted }) => accepted),
  },
  {
    name: 'lab_subscriptions_refused_total',
    help: 'Subscriptions refused: server full, bad request, unknown codec',
    labels: TRANSPORT,
    samples: perTransport(({ refused }) => refused),
  },
  {
    name: 'lab_subscriptions_ended_total',
    help: 'Subscriptions ended, for whatever reason',
    labels: TRANSPORT,
    samples: perTransport(({ ended }) => ended),
  },
  {
    name: 'lab_subscriptions_cut_total',
    help: 'Subscriptions ended because they had fallen behind (policy disconnect)',
    samples: ({ disconnectedForLag }) => [[disconnectedForLag]],
  },
  {
    name: 'lab_subscriptions_expired_total',
    help: 'Subscriptions ended because the client took nothing, gave no sign of life or could not be reached any more',
    labels: ['transport', 'reason'],
    samples: ({ transports }) =>
      transports.flatMap(({ name: transport, stalled, silent, unreachable }): Sample[] => [
        [stalled, { transport, reason: 'stalled' }],
        [silent, { transport, reason: 'silent' }],
        [unreachable, { transport, reason: 'unreachable' }],
      ]),
  },
  {
    name: 'lab_connections_evicted_total',
    help: 'Connections without a subscription, closed because others wanted in',
    labels: TRANSPORT,
    samples: perTransport(({ evicted }) => evicted),
  },
  {
    name: 'lab_http_connections_closed_total',
    help: 'Connections for health and metrics that were closed: request too late, answer not read, made room for others',
    labels: ['reason'],
    samples: ({ http }) => [
      [http?.timedOut, { reason: 'timed_out' }],
      [http?.stalled, { reason: 'stalled' }],
      [http?.evicted, { reason: 'evicted' }],
    ],
  },
  {
    name: 'lab_malformed_inputs_total',
    help: 'Requests and packets that made no sense',
    labels: TRANSPORT,
    samples: perTransport(({ malformed }) => malformed),
  },
  {
    name: 'lab_packets_received_total',
    help: 'Datagrams from clients and strangers, by kind; other is what is not a packet of a client',
    labels: ['transport', 'kind'],
    samples: perPacket(PACKET_KINDS, 'kind', ({ received }) => received),
  },
  {
    name: 'lab_packets_ignored_total',
    help: 'Of these, those without effect, by reason',
    labels: ['transport', 'reason'],
    samples: perPacket(IGNORED_REASONS, 'reason', ({ ignored }) => ignored),
  },
  {
    name: 'lab_handshakes_answered_total',
    help: 'Answers to HELLO (retry) and SUBSCRIBE (the others)',
    labels: ['transport', 'answer'],
    samples: perPacket(HANDSHAKE_ANSWERS, 'answer', ({ answered }) => answered),
  },
  {
    name: 'lab_kernel_receive_drops_total',
    help: 'Datagrams that the kernel dropped at the sockets clients send to: more came than were read (Linux)',
    labels: TRANSPORT,
    samples: ({ transports }) =>
      transports.map(({ name: transport, kernelReceiveDrops }) => [
        kernelReceiveDrops,
        { transport },
      ]),
  },
  {
    name: 'lab_host_tcp_listen_overflows_total',
    help: 'Of the whole host, every server on it: TCP connections that found the queue of a listener full (Linux)',
    samples: ({ hostListen }) => [[hostListen?.overflows]],
  },
  {
    name: 'lab_host_tcp_listen_drops_total',
    help: 'Of the whole host, every server on it: TCP connections dropped at a listener, overflows included (Linux)',
    samples: ({ hostListen }) => [[hostListen?.drops]],
  },
  {
    name: 'lab_published_messages_total',
    help: 'Messages published',
    samples: ({ published }) => [[published]],
  },
  {
    name: 'lab_published_bytes_total',
    help: 'Their bytes, encoded once in the default codec',
    samples: ({ publishedBytes }) => [[publishedBytes]],
  },
  {
    name: 'lab_sent_messages_total',
    help: 'Messages handed to the kernel, summed over subscribers',
    labels: TRANSPORT,
    samples: perTransport(({ sentMessages }) => sentMessages),
  },
  {
    name: 'lab_sent_bytes_total',
    help: 'Bytes of data handed to the kernel, headers of ours included',
    labels: TRANSPORT,
    samples: perTransport(({ sendBytes }) => sendBytes),
  },
  {
    name: 'lab_sends_total',
    help: 'Writes or datagrams of data handed to the kernel',
    labels: TRANSPORT,
    samples: perTransport(({ sends }) => sends),
  },
  {
    name: 'lab_dropped_messages_total',
    help: 'Messages that subscribers missed: skipped by the overload policy, in a send that failed, or refused (not for their codec or datagrams)',
    labels: ['transport', 'reason'],
    samples: ({ transports }) =>
      transports.flatMap(
        ({ name: transport, droppedMessages, sendErrorMessages, refusedMessages }): Sample[] => [
          [droppedMessages, { transport, reason: 'policy' }],
          [sendErrorMessages, { transport, reason: 'send_error' }],
          [refusedMessages, { transport, reason: 'refused' }],
        ],
      ),
  },
  {
    name: 'lab_codec_refusals_total',
    help: 'Messages that a codec other than the default one could not encode, once for each codec and set of keys in use',
    samples: ({ refusedMessages }) => [[refusedMessages]],
  },
  {
    name: 'lab_truncated_replays_total',
    help: 'Subscriptions that asked by number for messages no longer retained',
    samples: ({ truncatedReplays }) => [[truncatedReplays]],
  },
  {
    name: 'lab_sink_errors_total',
    help: 'Subscriptions ended because the sink of a transport of your own threw',
    samples: ({ sinkErrors }) => [[sinkErrors]],
  },
  {
    name: 'lab_backlog_messages',
    help: 'Messages retained and now waiting for slow subscribers, summed over them',
    samples: ({ backlog }) => [[backlog]],
  },
  {
    name: 'lab_clock_steps_total',
    help: 'Times the wall clock was set, or the machine suspended, by more than a second',
    samples: ({ clock }) => [[clock.steps]],
  },
  {
    name: 'lab_clock_step_seconds',
    help: 'By how much in all, forwards less backwards',
    samples: ({ clock }) => [[clock.stepMicros / 1e6]],
  },
  {
    name: 'lab_forgotten_keys_total',
    help: 'Keys that the snapshot had to forget',
    samples: ({ forgottenKeys }) => [[forgottenKeys]],
  },
  {
    name: 'lab_flushes_total',
    help: 'Passes over all subscribers',
    samples: ({ flushes }) => [[flushes]],
  },
  {
    name: 'lab_flush_seconds_total',
    help: 'Time spent in them',
    samples: ({ flushMicros }) => [[flushMicros / 1e6]],
  },
  {
    name: 'lab_source_items_total',
    help: 'Items taken from the source',
    samples: ({ source }) => [[source?.items]],
  },
  {
    name: 'lab_source_rejected_total',
    help: 'Items that could not be published: too large, or no valid value',
    samples: ({ source }) => [[source?.rejected]],
  },
  {
    name: 'lab_source_failures_total',
    help: 'Times the source itself failed while it was read',
    samples: ({ source }) => [[source?.errors]],
  },
  {
    name: 'lab_source_age_seconds',
    help: 'Time since the newest item of the source; absent before the first',
    samples: ({ source }) => [[source?.ageSeconds]],
  },
  {
    name: 'lab_source_calls_total',
    help: 'Requests the source made of its service',
    samples: ({ source }) => [[source?.upstream?.upstreamCalls]],
  },
  {
    name: 'lab_source_errors_total',
    help: 'Those that failed, and connections that did, by kind',
    labels: ['kind'],
    samples: ({ source }) =>
      Object.entries(source?.upstream?.upstreamErrors ?? {}).map(([kind, times]) => [
        times,
        { kind },
      ]),
  },
  {
    name: 'lab_source_streaming',
    help: '1 while upstream pushes, 0 while it is polled or not reached',
    samples: ({ source }) => [[asNumber(source?.upstream?.streaming)]],
  },
  {
    name: 'lab_source_reconnects_total',
    help: 'Times a lost stream from upstream was opened again',
    samples: ({ source }) => [[source?.upstream?.reconnects]],
  },
  {
    name: 'lab_source_rate_limit_waits_total',
    help: 'Times requests were held back because upstream asked for it',
    samples: ({ source }) => [[source?.upstream?.rateLimitWaits]],
  },
  {
    name: 'lab_source_stale_keys',
    help: 'Keys whose value is marked as stale now',
    samples: ({ source }) => [[source?.upstream?.stale]],
  },
  {
    name: 'lab_source_missing_keys',
    help: 'Keys asked for that upstream does not give',
    samples: ({ source }) => [[source?.upstream?.missing?.length]],
  },
  {
    name: 'lab_source_dropped_total',
    help: 'Items the source gave up because they were not taken in time',
    samples: ({ source }) => [[source?.upstream?.dropped]],
  },
  {
    name: 'lab_source_skipped_total',
    help: 'Pieces of input that became no item',
    samples: ({ source }) => [[source?.upstream?.skipped]],
  },
];

/** What the process is doing, beside the counters. */
export function measured(openFiles: number | undefined): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  const { used_heap_size: heap } = getHeapStatistics();
  return [
    {
      name: 'lab_process_cpu_seconds_total',
      help: 'CPU time of the process, user and system',
      samples: () => [[(user + system) / 1e6]],
    },
    {
      name: 'lab_process_resident_memory_bytes',
      help: 'Resident memory',
      samples: () => [[residentSet()]],
    },
    { name: 'lab_process_heap_bytes', help: "JavaScript's heap in use", samples: () => [[heap]] },
    {
      name: 'lab_process_open_fds',
      help: 'Open file descriptors, where the system tells (Linux)',
      samples: () => [[openFiles]],
    },
    {
      name: 'lab_process_start_time_seconds',
      help: 'When the process started, seconds since the Unix epoch',
      samples: () => [[performance.timeOrigin / 1e3]],
    },
  ];
}

/** Bytes; undefined where the system does not tell (Linux without /proc). */
function residentSet(): number | undefined {
  try {
    return process.memoryUsage.rss() || undefined;
  } catch {
    return undefined;
  }
}
