/** What is said of repair. */
import type { FieldSection } from '../field-text.js';

const TOO_FEW = 'too few repairs to tell';

export const REPAIR_FIELDS: readonly FieldSection[] = [
  {
    title: 'Cells: repair',
    about:
      'What [repair](../design/protocol-udp.md#repair) did from the beginning of the window until the end of the drain, all clients together. A range is a row of messages that a client asked for.',
    fields: [
      [
        'cells[].server.repair',
        'text',
        '`nak`, `fec`, `copy`, or `none`, as of every transport without repair',
      ],
      [
        'cells[].repairs',
        'object',
        'as follows',
        'no repair, a target, or a process left no report',
      ],
      ['cells[].repairs.naks', 'datagrams', 'NAKs that clients sent'],
      ['cells[].repairs.naks_received', 'datagrams', 'NAKs that the server read'],
      ['cells[].repairs.sent', 'datagrams', 'repairs, parities or copies that the server sent'],
      ['cells[].repairs.sent_bytes', 'bytes', 'of these, the lab’s headers included'],
      [
        'cells[].repairs.overhead',
        'share',
        '`sent_bytes` ÷ all other bytes handed to sockets',
        'nothing was sent',
      ],
      [
        'cells[].repairs.repaired',
        'messages',
        'that came as a repair, or were rebuilt, in time; they are delivered',
      ],
      [
        'cells[].repairs.late',
        'messages',
        'that came after the deadline of repair (`--repair-deadline`), as a repair or by themselves; in the window they are `late`',
        'measured by an earlier lab',
      ],
      [
        'cells[].repairs.superseded',
        'messages',
        'that were missed and not sent again, as later ones of their keys had been published (policy conflate); in the window they are `conflated`',
        'measured by an earlier lab',
      ],
      [
        'cells[].repairs.repair_us.p50',
        'µs',
        'from when a gap was found until its repair came, message by message',
        TOO_FEW,
      ],
      ['cells[].repairs.repair_us.p99', 'µs', 'likewise', TOO_FEW],
      ['cells[].repairs.repair_us.max', 'µs', 'likewise', 'nothing was repaired'],
      ['cells[].repairs.spurious', 'datagrams', 'of which original and repair came'],
      [
        'cells[].repairs.futile',
        'ranges',
        'asked for, and given up; with `fec` parities, of blocks that lacked more than one datagram',
      ],
      ['cells[].repairs.gone', 'ranges', 'of which the server said that it no longer had them'],
      [
        'cells[].repairs.withheld',
        'ranges',
        'not or not wholly answered, for want of budget; with `fec` and `copy` parities and copies not sent',
      ],
      [
        'cells[].repairs.redundancy',
        'object',
        'what was sent unasked, as follows',
        'repair `nak`, or an earlier lab',
      ],
      ['cells[].repairs.redundancy.received', 'datagrams', 'parities or copies that clients got'],
      ['cells[].repairs.redundancy.used', 'datagrams', 'of these, that brought back a datagram'],
      ['cells[].repairs.redundancy.unused', 'datagrams', 'of these, where nothing was missing'],
      [
        'cells[].repairs.redundancy.superseded',
        'messages',
        'left out of copies, all clients together, as later ones of their keys had been published',
      ],
    ],
  },
];
