/** What is said of the fields of a run: its machine, its baselines, its thresholds. */
import type { FieldSection } from '../field-text.js';

export const MACHINE_FIELDS: readonly FieldSection[] = [
  {
    title: 'Environment',
    about: 'Read when the run begins, before its load.',
    fields: [
      ['environment.os', 'text', 'name of the distribution or system'],
      ['environment.kernel', 'text', 'kernel and release'],
      ['environment.arch', 'text', 'processor architecture'],
      ['environment.cpu', 'text', 'model of the first CPU, or `unknown`'],
      ['environment.cores', 'cores', 'usable by this process'],
      [
        'environment.cpu_quota_cores',
        'cores',
        'that the tightest CPU quota of a control group of the lab grants, at whatever level',
        'no quota, none that can be read, or an earlier lab',
      ],
      ['environment.memory_bytes', 'bytes', 'physical memory of the machine'],
      [
        'environment.governor',
        'text',
        'CPU frequency governor of CPU 0',
        'no cpufreq (most virtual machines, not Linux)',
      ],
      ['environment.node', 'text', 'version of Node'],
      ['environment.load_average_1m', 'processes', 'load average of the last minute', 'Windows'],
      [
        'environment.open_files_limit',
        'descriptors',
        'soft limit of open files',
        'unlimited, or unreadable',
      ],
      [
        'environment.sysctls.*',
        'text',
        'kernel settings of buffers, backlogs and ports, by name as in sysctl(8)',
        'not readable here',
      ],
      [
        'environment.git',
        'text',
        "commit of the lab's own checkout, `-dirty` when changed",
        'installed without a checkout, or git failed',
      ],
      ['environment.unknown[]', 'text', 'what this platform cannot tell, in words'],
      [
        'environment.doctor[].check',
        'text',
        'what `lab doctor` looked at before the run: `governor`, `cores`, `load average`, `cpu steal`, `open files`, `somaxconn`, `rmem_max`, `wmem_max`, `ping`, `clock source`, `node`',
      ],
      [
        'environment.doctor[].status',
        'text',
        '`ok`, `warn` (figures may suffer), `bad` (they do) or `unknown` (this platform does not tell)',
      ],
      ['environment.doctor[].value', 'text', 'what was found, in words'],
      [
        'environment.doctor[].advice',
        'text',
        'the command that fixes it, or what to do instead',
        'nothing to do',
      ],
    ],
  },
  {
    title: 'Baselines',
    about:
      'Round trips of the idle path, before the first cell. One set for each payload size; that of the first size is `baselines`, the others are a list.',
    fields: [
      ['baselines.size_bytes', 'bytes', 'payload size of the cells it belongs to'],
      ['baselines.ping', '→ round trip', "the system's ping"],
      ['baselines.echo.tcp', '→ echo', 'bare TCP socket to another process and back'],
      ['baselines.echo.udp', '→ echo', 'bare UDP socket to another process and back'],
      ['baselines_other_sizes[].size_bytes', 'bytes', 'as above'],
      ['baselines_other_sizes[].ping', '→ round trip', 'as above'],
      ['baselines_other_sizes[].echo.tcp', '→ echo', 'as above'],
      ['baselines_other_sizes[].echo.udp', '→ echo', 'as above'],
    ],
  },
  {
    title: 'Repeats',
    about: '',
    fields: [
      ['repeat.mode', 'text', '`fixed` (`--repeat N`) or `auto`'],
      ['repeat.runs', 'runs', 'whole rounds: runs that every cell had'],
      ['repeat.metric', 'text', 'the figure that `auto` wanted to know', 'mode `fixed`'],
      [
        'repeat.target',
        'share',
        'half-width of its 95 % interval ÷ median that was enough',
        'mode `fixed`',
      ],
      [
        'repeat.outcome',
        'text',
        '`fixed`: all that were asked for; `reached`: the metric of every cell is known to within the target; `limit`: it is not, and there are no more runs; `interrupted`',
      ],
    ],
  },
  {
    title: 'Noise floor',
    about:
      'Latency of a path without delay, through no socket and to no other process: what the instrument itself is in every latency.',
    fields: [
      ['noise_floor_us', 'object', "the instrument's own share", 'it could not be measured'],
      ['noise_floor_us.p50', 'µs', 'half of the values are at most this'],
      ['noise_floor_us.p99', 'µs', '99 % of the values are at most this'],
      ['noise_floor_us.max', 'µs', 'the largest'],
    ],
  },
  {
    title: 'Thresholds',
    about:
      'One element for every `--threshold` and every cell, in that order; empty without one. See [thresholds](../design/runs.md#thresholds).',
    fields: [
      ['thresholds[].expression', 'text', 'as given: `p99<5ms`'],
      ['thresholds[].cell', 'text', '`id` of the cell it was held against'],
      [
        'thresholds[].value',
        'as `unit` says',
        'the figure of that cell',
        'it cannot be told, or only of the survivors; then the threshold is broken',
      ],
      ['thresholds[].limit', 'as `unit` says', 'the limit'],
      ['thresholds[].unit', 'text', '`us`, `ratio` (1 = all), `messages`, `messages/s` or `bytes`'],
      ['thresholds[].passed', 'boolean', 'the value is known and meets the condition'],
    ],
  },
];
