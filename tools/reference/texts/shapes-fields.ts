/** What is said of the objects that occur in several places of a result. */
import type { FieldSection } from '../field-text.js';

const ROUND_TRIP: FieldSection['fields'] = [
  ['.available', 'boolean', 'there are times'],
  [
    '.reason',
    'text',
    'why not; or, beside times, what the resolution of this ping does to them (whole milliseconds; replies below the smallest step count as one step)',
    'nothing to say',
  ],
  ['.hint', 'text', 'what to do about it', 'nothing to say'],
  ['.host', 'text', 'who was asked'],
  ['.size_bytes', 'bytes', 'payload really used: ping needs 16, an echo 4'],
  ['.sent', 'exchanges', 'begun'],
  ['.received', 'exchanges', 'answered'],
  ['.rtt_us', '→ times', 'of the answers', 'not available'],
];

export const SHAPES_FIELDS: readonly FieldSection[] = [
  {
    title: 'Distribution',
    about:
      'Of latencies, from an HdrHistogram with 3 significant digits. A percentile pX is null unless N·(1−X) ≥ 10.',
    fields: [
      ['.count', 'values', 'in the histogram: the N of every percentile'],
      [
        '.negative',
        'values',
        'below zero (clocks or stamps disagree): counted here and in no percentile',
      ],
      [
        '.overflow',
        'values',
        'above the range, 2^31 − 1 µs (about 35 min): counted here and in no percentile',
      ],
      ['.min', 'µs', 'smallest, exact', 'count is 0'],
      ['.mean', 'µs', 'exact mean', 'count is 0'],
      ['.p50', 'µs', 'half are at most this', 'count < 20'],
      ['.p90', 'µs', '90 % are at most this', 'count < 100'],
      ['.p99', 'µs', '99 % are at most this', 'count < 1,000'],
      ['.p999', 'µs', '99.9 % are at most this', 'count < 10,000'],
      ['.max', 'µs', 'largest, exact', 'count is 0'],
      [
        '.hdr',
        'text',
        'the whole histogram: HdrHistogram V2 compressed encoding, base64',
        'count is 0',
      ],
    ],
  },
  { title: 'Round trip', about: '', fields: ROUND_TRIP },
  {
    title: 'Echo',
    about: 'A round trip over bare sockets.',
    fields: [
      ...ROUND_TRIP,
      [
        '.via',
        'text',
        '`native` (blocking system calls: the time is the kernel’s) or `node` (Node’s sockets: an event loop on both sides is in it)',
        'not available',
      ],
    ],
  },
  {
    title: 'Times',
    about: '',
    fields: [
      [
        '.min',
        'µs',
        'shortest round trip, never 0: what a ping prints as 0 counts as its smallest step',
      ],
      ['.avg', 'µs', 'mean'],
      ['.p50', 'µs', 'median of the single replies'],
      ['.max', 'µs', 'longest'],
      [
        '.mdev',
        'µs',
        'population standard deviation, as iputils ping prints it',
        'this ping prints none',
      ],
    ],
  },
  {
    title: 'Jitter',
    about:
      'Over the mean jitter of each subscriber, nearest rank: also of few subscribers there is a p99, then it is the largest.',
    fields: [
      [
        '.subscribers',
        'subscribers',
        'that received two messages of the window or more: the N of the percentiles',
      ],
      [
        '.p50',
        'µs',
        'of half of them it is at most this',
        'an earlier lab measured it: by its last value',
      ],
      ['.p99', 'µs', 'of 99 % of them it is at most this', 'likewise'],
      ['.max', 'µs', 'the largest', 'likewise'],
    ],
  },
  {
    title: 'Excess',
    about: 'A distribution above another one, figure by figure.',
    fields: [
      ['.mean', 'µs', 'difference of the means, exact', 'nothing was sampled'],
      ['.p50', 'µs', 'of the medians, each to 0.1 %', 'fewer than 20 samples'],
      ['.p90', 'µs', 'of the p90', 'fewer than 100'],
      ['.p99', 'µs', 'of the p99', 'fewer than 1000'],
      ['.p999', 'µs', 'of the p99.9', 'fewer than 10,000'],
      ['.max', 'µs', 'of the maxima', 'nothing was sampled'],
    ],
  },
  {
    title: 'Process use',
    about:
      'Of one or more processes, each by its own timer. A sum is of all of them: null when it is unknown of one.',
    fields: [
      ['.processes', 'processes', 'how many'],
      [
        '.cpu_us',
        'CPU-µs',
        'user + system, all threads, from the start of the window until its last message was sent or received, summed',
        'the window never began',
      ],
      [
        '.cpu_us_per_delivery',
        'CPU-µs',
        'cpu_us ÷ delivered',
        'nothing was delivered, or the window never began',
      ],
      [
        '.cpu_cores',
        'cores',
        'CPU in the window ÷ its length, summed; 1 = one core busy throughout',
        'the window never began',
      ],
      ['.busiest_cores', 'cores', 'the same of the process that used most', 'likewise'],
      [
        '.run_queue_ratio',
        'share',
        'of the window in which a thread was ready to run and waited for a CPU (`/proc/self/task/*/schedstat`): of the thread that waited most, of any process',
        'the window never began, the kernel does not tell, or an earlier lab',
      ],
      [
        '.loop_utilization',
        'share',
        'event-loop utilisation in the window, highest of any process',
        'the window never began',
      ],
      [
        '.loop_delay_us.p99',
        'µs',
        'event-loop delay in the window, 99th percentile, highest of any process; resolution 10 ms',
        'the window never began, or was over before it could be seen',
      ],
      [
        '.loop_delay_us.max',
        'µs',
        'the longest, highest of any process',
        'the window never began, or was over before it could be seen',
      ],
      [
        '.rss_start_bytes',
        'bytes',
        'resident set at the start of the window, summed',
        'the window never began, or it cannot be read',
      ],
      ['.rss_bytes', 'bytes', 'at its end, summed', 'it cannot be read'],
      [
        '.rss_peak_bytes',
        'bytes',
        'peak since each process began, summed; shared pages count in each',
        'it cannot be read',
      ],
    ],
  },
];
