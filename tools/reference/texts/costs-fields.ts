/** What is said of the fields of a cell: its wire, its ledger, its cost. */
import type { FieldSection } from '../field-text.js';

export const COSTS_FIELDS: readonly FieldSection[] = [
  {
    title: 'Cells: the wire',
    about: '',
    fields: [
      [
        'cells[].wire.message_bytes',
        'bytes',
        'mean length of an encoded message',
        'nothing was published, or no report',
      ],
      [
        'cells[].wire.bytes_per_delivery',
        'bytes',
        'handed to sockets per message delivered; our headers count, those of UDP, TCP and IP do not',
        'nothing was sent or delivered, or a target',
      ],
      [
        'cells[].wire.messages_per_send',
        'messages',
        'per write (TCP) or datagram (UDP): the batch',
        'nothing was sent, or a target',
      ],
      [
        'cells[].sockets.receive_buffer_requested_bytes',
        'bytes',
        'SO_RCVBUF asked for by each subscriber',
        'TCP, or none asked for',
      ],
      [
        'cells[].sockets.receive_buffer_bytes',
        'bytes',
        'smallest that any subscriber has, as the kernel reports it',
        'TCP, or unreadable',
      ],
      [
        'cells[].sockets.send_buffer_requested_bytes',
        'bytes',
        'SO_SNDBUF asked for by the server',
        'TCP, none asked for, or a target',
      ],
      [
        'cells[].sockets.send_buffer_bytes',
        'bytes',
        'what it has, as the kernel reports it',
        'TCP, or unreadable',
      ],
      ['cells[].sockets.note', 'text', 'how to read these four', 'there is nothing to say'],
    ],
  },
  {
    title: 'Cells: the ledger',
    about:
      'expected = delivered + send_errors + dropped_by_policy + conflated + kernel_receive_drops + network + late + unattributed.',
    fields: [
      ['cells[].ledger.published', 'messages', 'in the window, each once', 'no report'],
      ['cells[].ledger.joined', 'subscribers', 'who are owed them'],
      [
        'cells[].ledger.expected',
        'messages',
        'published × joined; where shards were cut short at different messages, to each subscriber what its shard published',
        'no report',
      ],
      ['cells[].ledger.delivered', 'messages', 'unique and in time', 'no report'],
      [
        'cells[].ledger.send_errors',
        'messages',
        "in sends that the server's kernel refused, at most those in missing datagrams",
        'a target: they are in `network`; the server left no report',
      ],
      [
        'cells[].ledger.dropped_by_policy',
        'messages',
        'skipped for a subscriber that fell behind, or missed because it was cut for that',
        'no report',
      ],
      [
        'cells[].ledger.conflated',
        'messages',
        'replaced by a newer one of their key: always 0, no policy does that yet',
        'no report',
      ],
      [
        'cells[].ledger.kernel_receive_drops',
        'messages',
        "in datagrams dropped at the subscriber's own full receive buffer, in the window",
        'no `/proc/net/udp` (TCP: 0), or no report',
      ],
      [
        'cells[].ledger.network',
        'messages',
        'of a target: missing in datagrams that it numbered and that never came to a socket here',
        "the lab's own server, no `/proc/net/udp`, or no report",
      ],
      [
        'cells[].ledger.late',
        'messages',
        'after the deadline, or still on their way on a whole TCP connection',
        'no report',
      ],
      [
        'cells[].ledger.unattributed',
        'messages',
        'what nothing explains; negative would be counted twice',
        'no report',
      ],
      [
        'cells[].ledger.subscribers_unbalanced',
        'subscribers',
        'whose own account leaves more than 0.01 % of their messages unexplained',
        'no report',
      ],
      [
        'cells[].ledger.balanced',
        'boolean',
        'unattributed is at most 0.01 % of expected, and so is what is left of the subscribers’ own accounts, added up without the sign',
        'no report',
      ],
      [
        'cells[].kernel.udp_rcvbuf_errors',
        'datagrams',
        "growth of the host's `Udp: RcvbufErrors`, whoever caused it",
        'no `/proc/net/snmp`, it never began, or the counter began anew',
      ],
      ['cells[].kernel.udp_sndbuf_errors', 'datagrams', 'of `Udp: SndbufErrors`', 'likewise'],
      ['cells[].kernel.udp_in_errors', 'datagrams', 'of `Udp: InErrors`', 'likewise'],
      [
        'cells[].kernel.tcp_retransmitted_segments',
        'segments',
        'of `Tcp: RetransSegs`',
        'likewise',
      ],
      [
        'cells[].kernel.cpu_steal_ratio',
        'ratio',
        'share of all CPU time that the host of this virtual machine gave to others while the cell ran',
        'no `/proc/stat`, it never began, or it ran for less than 50 ticks',
      ],
    ],
  },
  {
    title: 'Cells: what it cost',
    about: '',
    fields: [
      [
        'cells[].cpu_us_per_delivery.server',
        'CPU-µs',
        "the server process's CPU ÷ delivered",
        'nothing delivered, or no report',
      ],
      [
        'cells[].cpu_us_per_delivery.clients',
        'CPU-µs',
        "all subscriber processes' CPU ÷ delivered",
        'nothing delivered, or no report',
      ],
      [
        'cells[].rss_bytes.server',
        'bytes',
        'sum of the peaks of the server processes',
        'a target, no report, or it cannot be read',
      ],
      [
        'cells[].rss_bytes.clients',
        'bytes',
        'sum of the peaks of the subscriber processes',
        'no report, or it cannot be read',
      ],
      [
        'cells[].rss_bytes.server_per_client',
        'bytes',
        'memory of the servers per joined client while nothing is sent: ([methodology](../design/methodology.md#cost))',
        'see the next',
      ],
      [
        'cells[].rss_bytes.server_per_client_reason',
        'text',
        'why there is no such figure: fewer than 1000 clients, no growth, no report, memory that cannot be read, a target',
        'there is one',
      ],
      [
        'cells[].clients_use',
        '→ process use',
        'the subscriber processes together',
        'they left no report',
      ],
    ],
  },
  {
    title: 'Cells: the ceiling',
    about: '',
    fields: [
      ['cells[].ceiling.available', 'boolean', 'it was measured'],
      ['cells[].ceiling.reason', 'text', 'why it was not', 'it was measured'],
      [
        'cells[].ceiling.messages_per_s',
        'messages/s',
        'what a bare socket loop delivers, without core and codec, to as many clients with as many bytes per write',
        'not available',
      ],
      ['cells[].ceiling.ratio', 'share', 'delivered per second ÷ that', 'not available'],
    ],
  },
];
