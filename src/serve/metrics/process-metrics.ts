/** Metrics of the process, read from the process itself. */

import { getHeapStatistics } from 'node:v8';
import type { Metric } from './metric.js';

/** What the process is doing, beside the counters. */
export function measured(openFiles: number | undefined): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  const { used_heap_size: heap } = getHeapStatistics();
  return [
    {
      name: 'lab_process_cpu_seconds_total',
      help: 'CPU time of the process, user and system',
      samples: () => [[(user + system) / 1e6]],
    },
    {
      name: 'lab_process_resident_memory_bytes',
      help: 'Resident memory',
      samples: () => [[residentSet()]],
    },
    { name: 'lab_process_heap_bytes', help: "JavaScript's heap in use", samples: () => [[heap]] },
    {
      name: 'lab_process_open_fds',
      help: 'Open file descriptors, where the system tells (Linux)',
      samples: () => [[openFiles]],
    },
    {
      name: 'lab_process_start_time_seconds',
      help: 'When the process started, seconds since the Unix epoch',
      samples: () => [[performance.timeOrigin / 1e3]],
    },
  ];
}

/** Bytes; undefined where the system does not tell (Linux without /proc). */
function residentSet(): number | undefined {
  try {
    return process.memoryUsage.rss() || undefined;
  } catch {
    return undefined;
  }
}
