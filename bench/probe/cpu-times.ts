/** CPU time as /proc/stat counts it. Pure. */

/** Ticks since boot, summed over all CPUs. */
export interface CpuTimes {
  readonly total: number;
  /**
   * Time in which this machine had work and its host ran another guest (proc_stat(5), since Linux
   * 2.6.11).
   */
  readonly stolen: number;
  /** Time in which a CPU did something, for whomever: neither idle, waiting for I/O, nor stolen. */
  readonly busy: number;
}

/** The `cpu` line of /proc/stat; null when there is none, or it does not count steal. */
export function parseCpuTimes(stat: string): CpuTimes | null {
  const fields = /^cpu +(\d+(?: \d+)*)/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  // user nice system idle iowait irq softirq steal; the two guest columns that follow are already
  // in user and nice.
  const counted = fields.slice(0, 8);
  const [, , , idle = 0, waiting = 0, , , stolen] = counted;
  if (stolen === undefined) return null;
  const total = counted.reduce((sum, ticks) => sum + ticks, 0);
  return { total, stolen, busy: total - idle - waiting - stolen };
}

/**
 * A tick more or less is then 2 % at most: a quarter of a second on two CPUs, at the usual 100
 * ticks a second.
 */
const FEWEST_TICKS = 50;

/**
 * Share of the time between two readings that was stolen, 0 to 1; null when they are too close to
 * tell (FEWEST_TICKS).
 */
export function stolenShare(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total;
  return total >= FEWEST_TICKS ? Math.max(0, after.stolen - before.stolen) / total : null;
}

/** The same of the time in which CPUs did something. */
export function busyShare(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total;
  return total >= FEWEST_TICKS ? Math.max(0, after.busy - before.busy) / total : null;
}
