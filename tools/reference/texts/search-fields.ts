/** What is said of the fields of a search. */
import type { FieldSection, FieldText } from '../field-text.js';

const NOBODY = 'it left no report';
const UNTOLD = 'the platform does not tell, or nothing was measured';

/** Of the processes of one side. */
const USE: readonly FieldText[] = [
  ['', 'object', 'its processes in the window', NOBODY],
  ['.cpu_cores', 'cores', 'used in the window, 1 = one core all the time', UNTOLD],
  ['.busiest_cores', 'cores', 'the same of the process that used most', UNTOLD],
  ['.loop_utilization', 'share', 'highest of any of its event loops', UNTOLD],
  ['.loop_delay_us.p99', 'µs', '99th percentile of the delay of its event loops', UNTOLD],
  ['.loop_delay_us.max', 'µs', 'the longest', UNTOLD],
  ['.run_queue_ratio', 'share', 'of the window in which a thread waited for a CPU', UNTOLD],
];

/** Of a trial, and of what binds. */
const STATE: readonly FieldText[] = [
  ...at('.server', USE),
  ...at('.clients', USE),
  ['.host_busy_cores', 'cores', 'of the machine, whoever used them', UNTOLD],
  ['.cpu_pressure_ratio', 'share', 'of the window in which some task waited for a CPU', UNTOLD],
  ['.schedule_lag_p99_us', 'µs', 'how late the generator was, p99', 'too few samples'],
  ['.send_errors', 'messages', 'that the kernel of the server did not take', UNTOLD],
  ['.dropped_by_policy', 'messages', 'that the overload policy of the server dropped', UNTOLD],
  ['.conflated', 'messages', 'that it replaced by later ones of their keys', UNTOLD],
  ['.kernel_receive_drops', 'messages', 'in datagrams that found a receive buffer full', UNTOLD],
  ['.network_lost', 'messages', 'that the link lost', 'there is no link, or nobody counted'],
  ['.tcp_retransmitted_segments', 'segments', 'of the whole host, in the window', UNTOLD],
  ['.receive_buffer_bytes', 'bytes', 'smallest receive buffer of a client', UNTOLD],
  ['.send_buffer_bytes', 'bytes', 'smallest send buffer', UNTOLD],
];

/** Of a trial, and of a look at the latency in the end. */
const MEASURED: readonly FieldText[] = [
  ['.load', 'load', 'that was offered'],
  ['.duration_s', 's', 'window, as planned'],
  ['.at_s', 's', 'since the search began, sessions before it included'],
  ['.verdict', 'text', 'of the cell: `VALID`, `SUSPECT` or `INVALID`'],
  ['.codes[]', 'text', 'findings of the verdict, as [in a result](results.md)'],
  ['.p50_us', 'µs', 'median latency, to what `latency_at` says in a result', 'too few samples'],
  ['.p99_us', 'µs', '99th percentile of the latency', 'too few samples'],
  ['.loss_ratio', 'share', 'lost ÷ sent', 'nothing was expected'],
  ['.figures[].metric', 'text', 'that a goal names'],
  ['.figures[].value', 'unit of the metric', 'measured', 'it was not, or only survivors have it'],
  [
    '.forwarding_ratio',
    'share',
    'delivered ÷ what the load asked for: less than 1 − loss where less was published',
    'nobody counted',
  ],
  ['.deliveries_per_s', 'deliveries/s', 'delivered in the window', 'nobody counted'],
  [
    '.growth_us_per_s',
    'µs/s',
    'slope of Theil and Sen over the median latencies of the whole seconds of the window',
    'fewer than three of them',
  ],
  ...at('.state', STATE),
];

/** What did not hold. */
const BROKEN: readonly FieldText[] = [
  [
    '.what',
    'text',
    'a condition as given; `UNSUSTAINED`; a finding of the verdict such as `SERVER_SATURATED`; `MESSAGE_TOO_LARGE`',
  ],
  ['.metric', 'text', 'of the condition', 'it is no condition'],
  [
    '.value',
    'unit of the metric',
    'measured',
    'too much is lost to have it, or it is no condition',
  ],
  ['.limit', 'unit of the metric', 'of the condition', 'it is no condition'],
  ['.message', 'text', 'why, where a figure does not say it; else empty'],
];

export const SEARCH_FIELDS: readonly FieldSection[] = [
  {
    title: 'The search',
    about: '',
    fields: [
      ['schema', 'text', '`lab-search/v1`'],
      ['tool.name', 'text', '`streampulse-lab`'],
      ['tool.version', 'text', 'of the lab that made this document'],
      ['started_at', 'ISO 8601, UTC', 'when it began'],
      ['duration_s', 's', 'how long it took, all sessions together'],
      ['command', 'text', 'that began it'],
      [
        'settings.*',
        'text',
        'each setting of a trial by the long name of its flag, for `--resume`',
      ],
      ['seed', 'number', 'of the search; trial n of a combination has this + n'],
      ['machine', 'object', 'it was measured on', 'not known'],
      ['machine.os', 'text', 'operating system'],
      ['machine.kernel', 'text', 'its release'],
      ['machine.cpu', 'text', 'model'],
      ['machine.cores', 'cores', 'that the system has'],
      ['machine.memory_bytes', 'bytes', 'that it has'],
      ['machine.node', 'text', 'version of Node'],
      ['machine.git', 'text', 'commit of the lab', 'nobody knows'],
      ['incomplete', 'boolean', 'an answer is open, or the search ended before its end'],
      ['ended', 'object', 'why it ended before its end', 'it did not'],
      ['ended.code', 'text', '`INTERRUPTED`, `QUIT`, `LOST`, or the code of an error'],
      ['ended.message', 'text', 'the same in words'],
      ['vary', 'text', 'what grows: `rate`, `clients` or `size`'],
      ['start', 'load', 'where it began'],
      ['smallest', 'load', 'that it would go down to'],
      ['largest', 'load', 'that it would go up to'],
      ['quick', 'boolean', '`--quick`'],
      ['initial_s', 's', 'window of trials that look for the place'],
      ['final_s', 's', 'window of full-length trials, which decide'],
      ['duration_sum_s', 's', 'of full-length trials that decide about a load'],
      ['exceed_ratio', 'share', 'of that time that may fail at a load that holds'],
      ['width', 'share', 'distance of the bounds, of the upper one, at which it ends'],
      ['goals[].expression', 'text', '`--slo` as given'],
      ['goals[].objectives[].expression', 'text', 'one condition of it'],
      ['goals[].objectives[].metric', 'text', 'as `--threshold` names it'],
      ['goals[].objectives[].operator', 'text', '`<`, `<=`, `>` or `>=`'],
      ['goals[].objectives[].limit', 'unit of the metric', 'that it must keep'],
      [
        'goals[].objectives[].unit',
        'text',
        '`us`, `cpu_us`, `per_s`, `share`, `messages`, `bytes`',
      ],
    ],
  },
  {
    title: 'A combination',
    about: '',
    fields: at('combinations[]', [
      ['.name', 'text', 'what tables call it'],
      ['.transport', 'text', 'as in a result'],
      ['.codec', 'text', 'as in a result'],
      ['.flush', 'text', 'as in a result'],
      ['.link', 'text', 'as in a result', 'there is none'],
      ['.repair', 'text', 'as in a result'],
      ['.congestion', 'text', 'as in a result'],
      ['.policy', 'text', 'as in a result'],
      ['.clients', 'clients', 'in every trial', 'they are varied'],
      ['.rate_per_s', 'messages/s', 'in every trial', 'it is varied'],
      ['.size_bytes', 'bytes', 'in every trial', 'it is varied'],
    ]),
  },
  {
    title: 'Its answers',
    about: 'One for each goal.',
    fields: at('combinations[].answers[]', [
      [
        '.status',
        'text',
        '`found`: both bounds; `unbounded`: the largest load holds; `unmet`: the smallest does not; `instrument`: the search came to a load at which three trials were void; `open`: not finished',
      ],
      [
        '.lower',
        'load',
        'relevant lower bound: the largest load that holds below `upper`',
        'none is known',
      ],
      [
        '.upper',
        'load',
        'relevant upper bound: the smallest load that does not hold',
        'none is known',
      ],
      ['.width', 'share', '1 − lower ÷ upper', 'a bound is missing'],
      ['.initial.lower', 'load', 'the same bound by short trials alone', 'none held'],
      ['.initial.upper', 'load', 'the same bound by short trials alone', 'none failed'],
      ['.conditional_throughput', 'object', 'at the lower bound', 'there is no lower bound'],
      [
        '.conditional_throughput.forwarding_ratio',
        'share',
        'of the full-length trial at the (1 − exceed ratio) quantile, by time',
      ],
      ['.conditional_throughput.load', 'messages/s', 'lower × that', 'the rate is not varied'],
      [
        '.conditional_throughput.deliveries_per_s',
        'deliveries/s',
        'clients × rate × that',
        'the rate is not a number',
      ],
      ['.binds', 'object', 'what broke at the upper bound', 'there is no upper bound'],
      ['.binds.load', 'load', 'the upper bound'],
      ...at('.binds', BROKEN),
      [
        '.binds.cause',
        'text',
        'what stood at its limit: `SERVER_LOOP`, `SERVER_CPU`, `MACHINE_CPU`, `SEND_QUEUE`, `RECEIVE_BUFFER`, `LINK` or `UNKNOWN`',
      ],
      ['.binds.failed', 'trials', 'that failed there'],
      ['.binds.trials', 'trials', 'there, without those that were void'],
      ...at('.binds.state', STATE),
      ['.limit', 'object', 'where the instrument could tell nothing', 'there is no such load'],
      ['.limit.load', 'load', 'the smallest such one'],
      ['.limit.trials', 'trials', 'that were void there'],
      ['.limit.code', 'text', 'why the last one was void'],
      ['.limit.message', 'text', 'the same in words'],
      ['.limit.hint', 'text', 'what to do'],
      ['.inversions[].load', 'load', 'above the upper bound, with trials that held all the same'],
      ['.inversions[].passed', 'trials', 'that held there'],
      ['.inversions[].trials', 'trials', 'there, without those that were void'],
    ]),
  },
  {
    title: 'Its trials',
    about: 'Every one, in their order.',
    fields: at('combinations[].trials[]', [
      ...MEASURED,
      ['.phase', 'text', '`initial`: it looked for the place; `final`: a full-length one'],
      ['.judgements[].outcome', 'text', '`pass`, `fail` or `void`'],
      ['.judgements[].untold', 'boolean', 'void, as the trial was too short to tell a figure'],
      ...at('.judgements[].broken[]', BROKEN),
      ['.judgements[].reason', 'object', 'why it is void', 'it is not'],
      ['.judgements[].reason.code', 'text', 'a finding of the verdict, or `TOO_FEW_SAMPLES`'],
      ['.judgements[].reason.message', 'text', 'the same in words'],
      ['.judgements[].reason.hint', 'text', 'what to do'],
    ]),
  },
  {
    title: 'The latency below the capacity',
    about: 'Without `--quick`, a full-length trial each at 10, 50 and 90 % of the lower bound.',
    fields: at('combinations[].profile[]', [
      ['.share', 'share', 'of the lower bound of the first goal that has one'],
      ...MEASURED,
    ]),
  },
];

/** The same fields below a path. */
function at(parent: string, fields: readonly FieldText[]): FieldText[] {
  return fields.map(([path, ...rest]) => [parent + path, ...rest] as unknown as FieldText);
}
