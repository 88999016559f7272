/** What the kernel counts of the CPU of this host between two moments. */
import { type CpuQuota, cpuQuotas, throttling, tightest } from '../../src/kernel/cpu-quota.js';
import { cpuPressureMicros } from '../../src/kernel/pressure.js';
import { type ReadText, readText } from '../../src/kernel/read-text.js';
import type { CellResult } from '../result/result.js';
import { busyShare, type CpuTimes, parseCpuTimes } from './cpu-times.js';

/** A null is what this platform does not tell. */
export interface CpuCounters {
  /** When they were read, µs. */
  readonly at: number;
  readonly times: CpuTimes | null;
  readonly pressureMicros: number | null;
  readonly quotas: readonly CpuQuota[];
  /** CPU-µs of the emulator of the link so far; null = there is none, or it does not tell. */
  readonly linkMicros: number | null;
}

export type CpuFigures = Pick<
  CellResult['kernel'],
  'cpu_busy_cores' | 'cpu_link_cores' | 'cpu_pressure_ratio' | 'cpu_quota_cores' | 'cpu_throttled'
>;

export const NO_CPU_FIGURES: CpuFigures = {
  cpu_busy_cores: null,
  cpu_link_cores: null,
  cpu_pressure_ratio: null,
  cpu_quota_cores: null,
  cpu_throttled: null,
};

/**
 * These counters, now. @param now µs, of any clock that does not step @param linkCpu CPU-µs of the
 * emulator of the link so far
 */
export async function cpuCounters(
  now: () => number,
  linkCpu: () => Promise<number | null> = async () => null,
  read: ReadText = readText,
): Promise<CpuCounters> {
  const [stat, pressure, quotas, linkMicros] = await Promise.all([
    read('/proc/stat'),
    read('/proc/pressure/cpu'),
    cpuQuotas(read),
    linkCpu(),
  ]);
  return {
    at: now(),
    times: parseCpuTimes(stat ?? ''),
    pressureMicros: cpuPressureMicros(pressure ?? ''),
    quotas,
    linkMicros,
  };
}

/** What happened between two readings. @param cores CPUs that /proc/stat is the sum of */
export function cpuFigures(before: CpuCounters, after: CpuCounters, cores: number): CpuFigures {
  const elapsed = after.at - before.at;
  const busy =
    before.times === null || after.times === null ? null : busyShare(before.times, after.times);
  const pressure =
    before.pressureMicros === null || after.pressureMicros === null
      ? null
      : after.pressureMicros - before.pressureMicros;
  const found = throttling(before.quotas, after.quotas);
  return {
    cpu_busy_cores: busy === null ? null : busy * cores,
    cpu_link_cores: elapsed <= 0 ? null : coresOf(before.linkMicros, after.linkMicros, elapsed),
    cpu_pressure_ratio: pressure === null || elapsed <= 0 ? null : pressure / elapsed,
    cpu_quota_cores: tightest(after.quotas),
    cpu_throttled:
      found === null
        ? null
        : {
            group: found.group,
            periods_ratio: found.periods,
            cpu_s: found.micros === null ? null : found.micros / 1e6,
            window_ratio:
              found.micros === null || elapsed <= 0 ? null : found.micros / (elapsed * cores),
          },
  };
}

function coresOf(before: number | null, after: number | null, elapsed: number): number | null {
  return before === null || after === null ? null : (after - before) / elapsed;
}
