/** A control group with a CPU quota, where this machine lets us make one. Linux only. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuGroups } from '../../../src/kernel/cgroup.js';

export interface CpuGroup {
  readonly folder: string;
  /** A program that starts another in it. */
  readonly through: readonly string[];
  /** Once nothing runs in it any more. */
  readonly remove: () => Promise<void>;
}

const PERIOD_MICROS = 100_000;

/** Null without the right to make one, as in most containers. */
export function makeCpuGroup(cpus: number): CpuGroup | null {
  const groups = cpuGroups(textOf('/proc/self/cgroup'), textOf('/proc/self/mountinfo'));
  if (groups === null) return null;
  const folder = `${groups.folders[0]}/lab-test-${process.pid}`;
  const quota = Math.round(cpus * PERIOD_MICROS);
  const limits =
    groups.version === 2
      ? [['cpu.max', `${quota} ${PERIOD_MICROS}`]]
      : [
          ['cpu.cfs_period_us', String(PERIOD_MICROS)],
          ['cpu.cfs_quota_us', String(quota)],
        ];
  try {
    mkdirSync(folder);
  } catch {
    return null;
  }
  try {
    for (const [name, value] of limits) writeFileSync(`${folder}/${name}`, value as string);
  } catch {
    rmdirSync(folder);
    return null;
  }
  const enter = `echo $$ > ${folder}/cgroup.procs && exec "$0" "$@"`;
  return { folder, through: ['sh', '-c', enter], remove: () => removed(folder) };
}

/** What has ended is in a group a little longer. */
async function removed(folder: string): Promise<void> {
  for (let tries = 100; ; tries--) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await sleep(20);
    }
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
