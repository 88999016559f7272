/** CPU quotas of the control groups of this process, and what they cost it: cpu.max, cpu.stat. */
import { cpuGroups } from './cgroup.js';
import { type ReadText, readText } from './read-text.js';

/** A group with a quota. Counts are since the group was made. */
export interface CpuQuota {
  /** Its folder. */
  readonly group: string;
  /** CPUs that it may use, fractions included. */
  readonly cpus: number;
  /** Periods in which anything of it ran, and those of them in which the quota was used up. */
  readonly periods: number | null;
  readonly throttledPeriods: number | null;
  /** Time in which it was kept from running, summed over the CPUs, µs. */
  readonly throttledMicros: number | null;
}

/** Groups with a quota, from our own upwards; empty when no quota holds, or none can be read. */
export async function cpuQuotas(read: ReadText = readText): Promise<CpuQuota[]> {
  const [groups, mounts] = await Promise.all([
    read('/proc/self/cgroup'),
    read('/proc/self/mountinfo'),
  ]);
  const found = cpuGroups(groups ?? '', mounts ?? '');
  if (found === null) return [];
  const { version, folders } = found;
  const quotas = await Promise.all(folders.map((folder) => quotaOf(version, folder, read)));
  return quotas.filter((quota) => quota !== null);
}

/** CPUs that the tightest of them grants; null without one. */
export function tightest(quotas: readonly CpuQuota[]): number | null {
  return quotas.length === 0 ? null : Math.min(...quotas.map(({ cpus }) => cpus));
}

async function quotaOf(version: 1 | 2, group: string, read: ReadText): Promise<CpuQuota | null> {
  const limit =
    version === 2
      ? ((await read(`${group}/cpu.max`)) ?? '').trim().split(/\s+/)
      : [
          (await read(`${group}/cpu.cfs_quota_us`)) ?? '',
          (await read(`${group}/cpu.cfs_period_us`)) ?? '',
        ];
  const [quota = Number.NaN, period = Number.NaN] = limit.map((text) =>
    text.trim() === '' ? Number.NaN : Number(text),
  );
  const cpus = quota / period;
  // No quota is "max" in version 2 and -1 in version 1.
  if (!Number.isFinite(cpus) || cpus <= 0) return null;
  const stat = (await read(`${group}/cpu.stat`)) ?? '';
  const nanos = counter(stat, 'throttled_time');
  return {
    group,
    cpus,
    periods: counter(stat, 'nr_periods'),
    throttledPeriods: counter(stat, 'nr_throttled'),
    throttledMicros:
      version === 2 ? counter(stat, 'throttled_usec') : nanos === null ? null : nanos / 1_000,
  };
}

/** A line `name 123`. */
function counter(text: string, name: string): number | null {
  const digits = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** What a quota cost between two readings. */
export interface Throttling {
  readonly group: string;
  readonly cpus: number;
  /** Share of its periods in which the quota was used up, 0 to 1; null when none is known of. */
  readonly periods: number | null;
  /** Time in which it was kept from running, summed over the CPUs, µs. */
  readonly micros: number | null;
}

/** The group whose quota was used up most often; null where no quota holds. */
export function throttling(
  before: readonly CpuQuota[],
  after: readonly CpuQuota[],
): Throttling | null {
  const grown = after.map((now): Throttling => {
    const then = before.find(({ group }) => group === now.group);
    const periods = growth(then?.periods, now.periods);
    const throttled = growth(then?.throttledPeriods, now.throttledPeriods);
    return {
      group: now.group,
      cpus: now.cpus,
      periods: periods === null || throttled === null || periods === 0 ? null : throttled / periods,
      micros: growth(then?.throttledMicros, now.throttledMicros),
    };
  });
  return grown.toSorted((a, b) => (b.periods ?? -1) - (a.periods ?? -1))[0] ?? null;
}

function growth(before: number | null | undefined, after: number | null): number | null {
  return before == null || after === null || after < before ? null : after - before;
}
