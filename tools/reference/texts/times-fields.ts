/** What is said of the fields of a cell that are times. */
import type { FieldSection } from '../field-text.js';

export const TIMES_FIELDS: readonly FieldSection[] = [
  {
    title: 'Cells: time',
    about: '',
    fields: [
      [
        'cells[].latency_at',
        'text',
        '`arrival`: latencies, and what else ends with a delivery, count to the moment at which the kernel of the subscriber had it. `receipt`: to that at which the lab’s own subscriber had read it, as no read was stamped. Cells that differ in it are not compared by latency',
      ],
      [
        'cells[].unstamped',
        'deliveries',
        'in reads without a stamp of the kernel (after a hole in a TCP stream, around a step of its clock): their arrival is the time of the read',
        'no read was stamped (`latency_at` is `receipt`)',
      ],
      [
        'cells[].latency_us',
        '→ distribution',
        '`arrival_us` where there is one, else `receipt_us`',
      ],
      [
        'cells[].arrival_us',
        '→ distribution',
        'arrival (the kernel of the subscriber had it) − intended time, over the messages delivered; lost ones have none. Of a target arrival − publishing, empty without a common clock',
        'no read was stamped',
      ],
      [
        'cells[].receipt_us',
        '→ distribution',
        'receipt (the lab’s own subscriber had read it) − intended time, over the same pairs: pair by pair, receipt = arrival + instrument',
      ],
      [
        'cells[].instrument_us',
        '→ distribution',
        'receipt − arrival, over the pairs in stamped reads: how long a delivery waited for the lab’s own subscriber. A client with one socket does not wait so long',
        'no read was stamped',
      ],
      [
        'cells[].service_us',
        '→ distribution',
        'arrival (or receipt) − publishing, over the pairs of `latency_us`: pair by pair, latency = service + schedule lag',
      ],
      [
        'cells[].completion_us',
        '→ distribution',
        'last arrival − intended time, one per message that reached every subscriber; the others, `published` − `complete`, have none; of a target last arrival − publishing',
        'no report, or a target without a common clock',
      ],
      [
        'cells[].skew_us',
        '→ distribution',
        'last − first arrival of the same messages',
        'no report',
      ],
      [
        'cells[].staleness_us',
        '→ distribution',
        'age of the newest value held, sampled over subscribers and keys every 50 ms of the window',
        'nothing was sampled, no report, or a target',
      ],
      [
        'cells[].jitter_us',
        '→ jitter',
        'interarrival jitter, RFC 3550 §6.4.1',
        'nothing was received, or no report',
      ],
      [
        'cells[].ipdv_us',
        '→ distribution',
        'difference of the service times of consecutive messages of a subscriber, without sign (RFC 3393)',
        'no two were received, or no report',
      ],
      [
        'cells[].pdv_us.p50',
        'µs',
        'service p50 − smallest service time of the cell (RFC 5481)',
        'no service p50',
      ],
      ['cells[].pdv_us.p99', 'µs', 'the same of the p99', 'no service p99'],
      ['cells[].pdv_us.p999', 'µs', 'the same of the p99.9', 'no service p99.9'],
      [
        'cells[].position_us[]',
        'µs',
        'mean latency of the 1st, 2nd, … 10th tenth of the subscribers by order of joining',
        'fewer than 10 subscribers, a tenth of them without deliveries, or no report',
      ],
      [
        'cells[].stages_us.schedule',
        'µs',
        'mean: intended time → publishing',
        'nothing was published, or no report',
      ],
      [
        'cells[].stages_us.encode',
        'µs',
        'mean: encoding and appending to the log, timed on a sample',
        'none was timed',
      ],
      [
        'cells[].stages_us.queue',
        'µs',
        'mean: in the core until the send call',
        'TCP (part of `network`), or nothing was delivered',
      ],
      [
        'cells[].stages_us.network',
        'µs',
        'mean: send call (TCP: log) → kernel and network → arrival; → receipt where no read was stamped',
        'nothing was delivered',
      ],
      [
        'cells[].stages_us.instrument',
        'µs',
        'mean: arrival → receipt, over stamped reads',
        'no read was stamped (part of `network`)',
      ],
      [
        'cells[].stages_us.decode',
        'µs',
        'mean: finding and accounting for a message, timed on a sample of reads; after the receipt',
        'none was timed',
      ],
      ['cells[].ping.under_load', '→ round trip', "the system's ping while the window lasted"],
      [
        'cells[].ping.reference',
        'text',
        'yardstick of `ping_ratio`: `ping`, `echo-tcp`, `echo-udp` or `none`',
      ],
      [
        'cells[].ping.reference_rtt_us',
        '→ times',
        'its round trips, on the idle path',
        'there is no yardstick',
      ],
      [
        'cells[].ping_ratio.p50',
        'factor',
        'latency p50 ÷ (median RTT ÷ 2)',
        'no yardstick, or no p50',
      ],
      [
        'cells[].ping_ratio.p99',
        'factor',
        'latency p99 ÷ (longest RTT ÷ 2)',
        'no yardstick, or no p99',
      ],
      ['cells[].ping_ratio.reason', 'text', 'why the yardstick is not ping', 'it is ping'],
      [
        'cells[].series[].second',
        's',
        'since the start of the window: 0, 1, …; those after its end are the drain; no seconds at all when the server left no report',
      ],
      ['cells[].series[].published', 'messages', 'published in this second'],
      ['cells[].series[].delivered', 'messages', 'that were read in this second'],
      ['cells[].series[].p50_us', 'µs', 'of the latencies of those', 'fewer than 20'],
      ['cells[].series[].p99_us', 'µs', 'of the latencies of those', 'fewer than 1,000'],
      ['cells[].series[].max_us', 'µs', 'of the latencies of those', 'none'],
    ],
  },
];
