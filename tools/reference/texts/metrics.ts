/** What is said of a metric beyond its help text: labels explained, what to read out of it. */

export const METRIC_TEXTS: Readonly<Record<string, string>> = {
  lab_clients: 'subscribers now',
  lab_subscriptions_accepted_total: 'subscriptions accepted',
  lab_subscriptions_refused_total: 'refused: server full, bad request, unknown codec',
  lab_subscriptions_ended_total: 'ended, for whatever reason',
  lab_subscriptions_expired_total:
    'ended because the client was gone: `stalled` (took nothing of what was queued), `silent` (no sign of life: no pong, no REPORT), `unreachable` (nothing gets through, says the system), `congested` (UDP: it kept losing too much, [circuit breaker](../design/protocol-udp.md#circuit-breaker))',
  lab_connections_evicted_total:
    'connections without a subscription, closed because others wanted in; refused, too',
  lab_http_connections_closed_total:
    'connections to this port that were closed: `timed_out` (no request in time), `stalled` (took nothing of the answer), `evicted` (others wanted in)',
  lab_malformed_inputs_total: 'requests and packets that made no sense',
  lab_packets_received_total:
    'UDP: datagrams that reached the server: `hello`, `subscribe`, `report`, `nak`, `end`, and `other`, what is not a packet of a client',
  lab_packets_ignored_total:
    'UDP: of these, without effect: `malformed`, `bad_token` (wrong or too old), `unknown_subscriber` (of no subscription of its sender), `closing`. All but the last are malformed inputs',
  lab_handshakes_answered_total:
    'UDP: `retry` to a HELLO; `accept`, `accept_again`, `reject` to a SUBSCRIBE. Far more `retry` than the others: HELLOs of addresses that prove nothing',
  lab_kernel_receive_drops_total:
    "UDP: datagrams that the kernel dropped at the server's sockets, because more came than were read (Linux)",
  lab_sent_messages_total: 'messages handed to the kernel, summed over subscribers',
  lab_sent_bytes_total: 'their bytes, our headers included',
  lab_sends_total: 'writes (TCP) or datagrams (UDP) of data',
  lab_padding_bytes_total:
    'of the bytes sent, what only fills datagrams up to one length (UDP, `gso`)',
  lab_coalesced_sends_total: 'sends of several datagrams that the kernel cut apart (UDP, `gso`)',
  lab_coalesced_datagrams_total: 'the datagrams in them, each of them in `lab_sends_total`',
  lab_segmentation_refused_total:
    'subscribers on whose path the kernel would not segment: their datagrams go one by one',
  lab_dropped_messages_total:
    'missed by subscribers: `policy` (skipped by the overload policy), `send_error` (in a send that failed), `refused` (their codec or their datagrams cannot carry it). Counted when it happens, also of a client that never reads again',
  lab_naks_total: 'UDP: NAKs of subscribers with [repair](../design/protocol-udp.md#repair)',
  lab_repairs_total:
    'UDP: datagrams sent again for them, and [parities or copies](../design/protocol-udp.md#redundancy), each in `lab_sends_total`, too',
  lab_repair_bytes_total: 'UDP: their bytes, each in `lab_sent_bytes_total`, too',
  lab_repair_ranges_unanswered_total:
    'UDP: ranges asked for that were not sent again: `gone` (no longer retained), `withheld` (no budget, or the subscriber is reduced), and parities withheld. Many `withheld`: somebody asks for more than a quarter of what it is sent',
  lab_repair_superseded_messages_total:
    'UDP: messages asked for that were not sent again, as the subscriber wants the latest of each key only and there is a later one (policy conflate)',
  lab_subscriptions_reduced_total:
    'UDP: times that a subscriber was paced, and not repaired, as it lost too much or was silent',
  lab_source_errors_total: 'of these, and of its connections, failed',
  lab_event_loop_delay_seconds:
    'how late timers of the event loop were, one every 10 ms, since the start: a histogram',
};
