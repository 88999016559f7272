/** Metrics of clients and strangers. Pure. */
import { HANDSHAKE_ANSWERS, IGNORED_REASONS, PACKET_KINDS } from '../../transports/counters.js';
import { type Metric, perPacket, perTransport, type Sample, TRANSPORT } from './metric.js';

/** Clients and strangers: connections, subscriptions, packets. */
export const CLIENT_METRICS: readonly Metric[] = [
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
    help: 'Subscriptions ended because the client took nothing, gave no sign of life, could not be reached any more or lost too much',
    labels: ['transport', 'reason'],
    samples: ({ transports }) =>
      transports.flatMap(({ name: transport, ...ended }): Sample[] => [
        [ended.stalled, { transport, reason: 'stalled' }],
        [ended.silent, { transport, reason: 'silent' }],
        [ended.unreachable, { transport, reason: 'unreachable' }],
        [ended.congested, { transport, reason: 'congested' }],
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
];
