/** What is said of the fields of a cell: its load and its delivery. */
import type { FieldSection } from '../field-text.js';

export const CELLS_FIELDS: readonly FieldSection[] = [
  {
    title: 'Cells: what was run',
    about:
      'One element per cell and run, in the order of measuring. Cells that an interrupted run never reached are not in the list.',
    fields: [
      [
        'cells[].id',
        'text',
        'e.g. `udp/msgpack/c1000/r100/s40/d5000#1`: the same in every run of the same plan',
      ],
      ['cells[].transport', 'text', '`tcp`, `udp` or `ws`'],
      ['cells[].codec', 'text', '`line-json` or `msgpack`'],
      ['cells[].clients', 'subscribers', 'asked for; see `joined`'],
      [
        'cells[].rate_per_s',
        'messages/s',
        'of the feed, in total, not per client',
        'the pace is the recorded one, or that of a target',
      ],
      [
        'cells[].size_bytes',
        'bytes',
        "of the value's JSON; of a replay that is not padded, the mean",
        'a target',
      ],
      ['cells[].run', 'number', '1, 2, … of `--repeat`'],
      ['cells[].duration_s', 's', 'the window as planned'],
      ['cells[].warmup_s', 's', 'load before it, not measured'],
      [
        'cells[].decode',
        'text',
        '`scan`: subscribers find and account for every message and make no object of it; `full`: they decode each one as well, as an application does',
      ],
      [
        'cells[].verdict.status',
        'text',
        '`VALID`, `SUSPECT` or `INVALID`: the worst of the reasons',
      ],
      ['cells[].verdict.reasons[].code', 'text', 'see [errors.md](errors.md#verdict-reasons)'],
      ['cells[].verdict.reasons[].severity', 'text', '`SUSPECT` or `INVALID`'],
      ['cells[].verdict.reasons[].message', 'text', 'what was seen, with figures'],
      ['cells[].verdict.reasons[].hint', 'text', 'what to do next'],
      [
        'cells[].incomplete',
        'boolean',
        'ended before its window was over: figures cover what there was',
      ],
    ],
  },
  {
    title: 'Cells: the server',
    about:
      "`kind` says whether it was one of the lab's own, for this cell, or one that was [running already](../design/methodology.md#a-server-that-is-already-running). The rows down to `use` are of a `local` one, those from `url` on of a `target`.",
    fields: [
      ['cells[].server.kind', 'text', '`local` or `target`'],
      ['cells[].server.flush', 'text', 'flush mode'],
      ['cells[].server.policy', 'text', 'overload policy'],
      [
        'cells[].server.sender',
        'text',
        'how bytes reached the kernel: `socket.write`, `dgram` or `sendmmsg` ([UDP senders](../design/performance.md#udp-senders)); `none` when the server never listened',
      ],
      [
        'cells[].server.feed_sha256',
        'text',
        'SHA-256 (hex) over keys and values of all messages published, warm-up included, in order, without times: equal hashes mean equal feeds',
        'the server left no report (it died, or nobody joined)',
      ],
      [
        'cells[].server.schedule_lag_us',
        '→ distribution',
        "publishing − intended time, over the messages of the window: the generator's own lateness, and part of every latency",
      ],
      ['cells[].server.use', '→ process use', 'the server process', 'it left no report'],
      ['cells[].server.url', 'text', 'where it is: `tcp://127.0.0.1:7400`'],
      ['cells[].server.same_machine', 'boolean', 'its address is one of this machine'],
      [
        'cells[].server.common_clock',
        'boolean',
        'its clock and ours tell the same time, as far as can be told: there are latencies. Else `pdv_us` counts from the fastest delivery, and `latency_us` is empty',
      ],
      [
        'cells[].server.clock_offset_us.min',
        'µs',
        'its clock − ours is at least this',
        'nothing tells',
      ],
      [
        'cells[].server.clock_offset_us.max',
        'µs',
        'and at most this: by so much may true latencies exceed those shown',
        'nothing tells',
      ],
    ],
  },
  {
    title: 'Cells: delivery',
    about:
      'A cell whose worker died, or that never began, has no account: where nobody is left who counted, what is counted of messages and the ledger are null but for `joined`, and reports show none of it.',
    fields: [
      ['cells[].joined', 'subscribers', 'had joined when the feed began'],
      ['cells[].published', 'messages', 'published in the window, each counted once', 'no report'],
      ['cells[].expected', 'messages', 'published × joined', 'no report'],
      ['cells[].delivered', 'messages', 'unique, of the window, received in time', 'no report'],
      ['cells[].reach', 'share', 'delivered ÷ expected', 'nothing was expected, or no report'],
      [
        'cells[].loss_ratio',
        'share',
        '(expected − delivered) ÷ expected, whatever the cause',
        'nothing was expected, or no report',
      ],
      ['cells[].lost', 'messages', 'expected − delivered', 'no report'],
      ['cells[].complete', 'messages', 'of the window, that reached every subscriber', 'no report'],
      [
        'cells[].verified',
        'messages',
        'decoded and compared with what was published: a sample',
        'a target: nobody knows what it published; or no report',
      ],
      [
        'cells[].duplicates',
        'messages',
        'received again; since joining, warm-up included',
        'no subscriber process left a report',
      ],
      [
        'cells[].reordered',
        'messages',
        'RFC 4737; since joining, warm-up included',
        'no subscriber process left a report',
      ],
      [
        'cells[].reordering.ratio',
        'share',
        'reordered ÷ unique messages received, warm-up included',
        'nothing was received, or no report',
      ],
      [
        'cells[].reordering.extent_max',
        'messages',
        'largest extent (RFC 4737 §4.2): how many came from the first that overtook a message until the message came',
        'no report',
      ],
      [
        'cells[].reordering.extent_mean',
        'messages',
        'mean extent of the reordered ones',
        'none was reordered',
      ],
      [
        'cells[].reordering.n_reordered.n1',
        'messages',
        'the one right before it was later (RFC 4737 §5)',
        'no report',
      ],
      [
        'cells[].reordering.n_reordered.n2',
        'messages',
        'the two right before it were later',
        'no report',
      ],
      [
        'cells[].reordering.n_reordered.n3',
        'messages',
        'the three right before it were later: TCP would take it for lost',
        'no report',
      ],
      [
        'cells[].late',
        'messages',
        'of the window, that came after the deadline or are still on their way over TCP (part of `lost`)',
        'no report',
      ],
      [
        'cells[].corrupt',
        'datagrams, reads, messages',
        'that made no sense to a subscriber, or whose verified content was not what was published; since joining',
        'no subscriber process left a report',
      ],
      [
        'cells[].datagrams',
        'object',
        'UDP datagrams by their own counter',
        'TCP, or no report of the server or the subscribers',
      ],
      [
        'cells[].datagrams.sent',
        'datagrams',
        'by the server since it began to listen: DATA and LAGGED; to a multicast group each once for all members',
        'a target',
      ],
      [
        'cells[].datagrams.received',
        'datagrams',
        'data and LAGGED datagrams, duplicates too, since joining; of a multicast group up to `sent` × `joined`',
      ],
      [
        'cells[].datagrams.lost',
        'datagrams',
        'announced by a later one, a heartbeat or END, and never seen',
      ],
      ['cells[].datagrams.duplicated', 'datagrams', 'seen before'],
      ['cells[].datagrams.reordered', 'datagrams', 'new, after a later one'],
      [
        'cells[].goodput.messages_per_s',
        'messages/s',
        'delivered ÷ the longer of the window and the time to the last delivery',
        'it never began, or no report',
      ],
      [
        'cells[].goodput.bytes_per_s',
        'bytes/s',
        'encoded bytes of the same messages ÷ the same time',
        'it never began, or no report',
      ],
      [
        'cells[].drain_s',
        's',
        'end of the window → last delivery of one of its messages; 0 when none came after it',
        'nothing was delivered',
      ],
      [
        'cells[].rate_ratio',
        'share',
        'achieved ÷ planned publishing rate',
        'interrupted, the server left no report, or was a target',
      ],
    ],
  },
];
