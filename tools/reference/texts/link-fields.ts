/** What is said of the links between clients and server. */
import type { FieldSection } from '../field-text.js';

const WITHOUT = 'no link';
const NO_COUNTS = 'no link, or it ended before the cell';

export const LINK_FIELDS: readonly FieldSection[] = [
  {
    title: 'Links',
    about:
      'The [links](../design/link.md) of the matrix but for `none`, in its order, as they were found before the first cell.',
    fields: [
      ['links[].name', 'text', 'as asked for, in its canonical form: a profile or a specification'],
      ['links[].specification', 'text', 'all of its parts, without the name of a profile'],
      ['links[].source', 'text', 'of a profile: where its values come from', 'no profile'],
      [
        'links[].assumed',
        'text',
        'of a profile: which of its values no source has',
        'none, or no profile',
      ],
      [
        'links[].traces',
        'object',
        'which files its rate went by: a path may hold another one later, and cells behind two are not compared',
        'it has no trace, or an earlier lab',
      ],
      [
        'links[].traces.up',
        'text',
        'SHA-256 of the file, from clients to the server',
        'this direction has no trace',
      ],
      ['links[].traces.down', 'text', 'likewise, to the clients', 'likewise'],
      [
        'links[].asked',
        'object',
        'what is asked of it, figure by figure',
        'an earlier lab measured it',
      ],
      ['links[].asked.up', '→ asked of a direction', 'from clients to the server'],
      ['links[].asked.down', '→ asked of a direction', 'to the clients'],
      ['links[].asked.else', 'text', 'all other parts; empty = there are none'],
      [
        'links[].ping',
        '→ round trip',
        'through the idle link, with the first payload size: what the ratios of its cells are to',
      ],
      [
        'links[].checks[].direction',
        '`up`, `down` or `both`',
        'from clients to the server, or back',
      ],
      ['links[].checks[].what', 'text', 'which figure of the link, as `lab link` prints it'],
      ['links[].checks[].unit', 'text', '`us`, `bit/s`, `packets` or `share`, of the next four'],
      ['links[].checks[].requested', '`unit`', 'as asked for'],
      [
        'links[].checks[].achieved',
        '`unit`',
        'as probes found it before the first cell',
        'it could not be measured in the time',
      ],
      ['links[].checks[].low', '`unit`', 'it had to be this at least', 'no such bound'],
      ['links[].checks[].high', '`unit`', 'and this at most', 'no such bound'],
    ],
  },
  {
    title: 'Cells: the link',
    about:
      'What the emulated link of the cell did from before the feed until after the drain, all clients together. Packets are those of IP, bytes with their headers.',
    fields: [
      ['cells[].link', 'text', 'its name', WITHOUT],
      ['cells[].link_traces', 'object', 'as `links[].traces`', 'no link, and as there'],
      ['cells[].link_traces.up', 'text', 'as there', 'as there'],
      ['cells[].link_traces.down', 'text', 'as there', 'as there'],
      ['cells[].link_counts', 'object', 'as follows', NO_COUNTS],
      ['cells[].link_counts.specification', 'text', 'all of its parts'],
      [
        'cells[].link_counts.delay_us.up',
        'µs',
        'one way, from clients to the server, as asked for, queues apart',
      ],
      ['cells[].link_counts.delay_us.down', 'µs', 'likewise, to the clients'],
      ['cells[].link_counts.up', '→ packets of a link', 'from clients to the server'],
      ['cells[].link_counts.down', '→ packets of a link', 'to the clients'],
      [
        'cells[].link_counts.uplink_overflow',
        'packets',
        'that found the queue of the server’s uplink full',
      ],
      [
        'cells[].link_counts.dropped_datagrams',
        'datagrams',
        'of UDP, with messages of the window, that the link dropped or corrupted',
        'TCP, WebSocket, or too many to list',
      ],
      [
        'cells[].link_counts.dropped_messages',
        'messages',
        'of the window in these, by the emulator’s own book; `ledger.network_lost` are those that are missing',
        'likewise',
      ],
      [
        'cells[].link_counts.dropped_segments',
        'segments',
        'of TCP, with payload, that the link dropped or corrupted on their way to the clients',
        'UDP',
      ],
      [
        'cells[].link_counts.lateness_us.p50',
        'µs',
        'actual − decided time of delivery, and the longest that a packet may have lain unread before',
        'too few packets to tell',
      ],
      ['cells[].link_counts.lateness_us.p99', 'µs', 'likewise', 'likewise'],
      ['cells[].link_counts.lateness_us.max', 'µs', 'likewise', 'likewise'],
      [
        'cells[].link_counts.unread',
        'packets',
        'thrown away by the kernel before the emulator could read them',
      ],
      [
        'cells[].link_counts.no_room',
        'packets',
        'thrown away by the emulator, which had no room for them',
      ],
      [
        'cells[].link_counts.checks[]',
        'list',
        'what the cell itself saw of its link, beside what was asked for',
        'an earlier lab, which did not look',
      ],
      [
        'cells[].link_counts.checks[].direction',
        '`up`, `down` or `both`',
        'from clients to the server, or back',
      ],
      [
        'cells[].link_counts.checks[].what',
        'text',
        '`loss`, `duplicated`, `corrupted`, `reordered`: shares by the book; `least latency`, `least ping`: the fastest that came through',
      ],
      ['cells[].link_counts.checks[].unit', 'text', '`us` or `share`, of the next four'],
      ['cells[].link_counts.checks[].requested', '`unit`', 'as asked for'],
      ['cells[].link_counts.checks[].achieved', '`unit`', 'as found', 'never'],
      [
        'cells[].link_counts.checks[].low',
        '`unit`',
        'below it the cell is INVALID (LINK_UNVERIFIED)',
        'no such bound',
      ],
      ['cells[].link_counts.checks[].high', '`unit`', 'and above it', 'no such bound'],
    ],
  },
];

export const LINK_SHAPES: readonly FieldSection[] = [
  {
    title: 'Asked of a direction',
    about: 'What packets of one client meet in one direction.',
    fields: [
      ['.delay_us', 'µs', 'one way, without queues'],
      [
        '.loss_ratio',
        'ratio',
        'share of the packets that is lost by chance; 0 = none',
        'another loss is asked for, which stands in `else`',
      ],
      ['.burst', 'packets', 'mean number lost in a row', 'each is lost on its own'],
    ],
  },
  {
    title: 'Packets of a link',
    about: 'One direction, all clients together.',
    fields: [
      ['.packets', 'packets', 'offered to the link'],
      ['.bytes', 'bytes', 'of these'],
      ['.delivered', 'packets', 'delivered, copies apart'],
      ['.delivered_bytes', 'bytes', 'of these'],
      ['.lost', 'packets', 'dropped by the loss that was asked for'],
      ['.overflow', 'packets', 'dropped as the queue was full'],
      ['.outage', 'packets', 'dropped in an outage'],
      ['.duplicated', 'packets', 'delivered twice'],
      ['.reordered', 'packets', 'held back, so that later ones may overtake them'],
      ['.corrupted', 'packets', 'delivered with one bit inverted'],
    ],
  },
];
