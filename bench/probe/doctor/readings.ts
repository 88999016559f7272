/** What the doctor looks at, read from the machine once. */
import os from 'node:os';
import { sleep } from '../../../src/core/timer.js';
import { type CpuQuota, cpuQuotas } from '../../../src/kernel/cpu-quota.js';
import { readOpenFilesLimit } from '../../../src/kernel/open-files.js';
import type { RoundTrip } from '../../result/result.js';
import { type CpuTimes, parseCpuTimes, stolenShare } from '../cpu-times.js';
import { type EnvironmentProbe, type Machine, THIS_MACHINE } from '../environment.js';
import { runPing } from '../ping/ping.js';

/** A kernel setting and what it is called here. */
export interface Setting {
  readonly name: string;
  readonly value: number;
}

/** Null wherever the platform does not tell. */
export interface Readings {
  readonly platform: NodeJS.Platform;
  /** Logical cores this process may use, and those of the machine. */
  readonly cores: number;
  readonly allCores: number;
  /** The tightest CPU quota of our control groups; null without one. */
  readonly cpuQuota: Pick<CpuQuota, 'cpus' | 'group'> | null;
  readonly governor: string | null;
  readonly loadAverage: number | null;
  /** Share of all CPU time that other guests took, 0 to 1. */
  readonly stolen: number | null;
  readonly openFiles: number | 'unlimited' | null;
  /** What an ordinary user may raise `openFiles` to. */
  readonly openFilesHard: number | 'unlimited' | null;
  readonly backlog: Setting | null;
  /** Largest socket buffers that may be asked for, bytes. */
  readonly receiveBuffer: Setting | null;
  readonly sendBuffer: Setting | null;
  readonly ping: RoundTrip;
  readonly clock: { readonly current: string; readonly available: readonly string[] } | null;
  readonly node: string;
  /** Code name of the long-term-support line; null for any other release. */
  readonly lts: string | null;
}

/** What the readings come from; tests put another machine in its place. */
export interface DoctorProbe extends EnvironmentProbe {
  readonly ping: (signal: AbortSignal) => Promise<RoundTrip>;
  /** Waits while CPU time is counted; rejects when aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly sampleMs: number;
  readonly allCores: number;
  readonly lts: string | null;
}

const CLOCK_SOURCE = '/sys/devices/system/clocksource/clocksource0';
/** At 100 ticks per second and core: a resolution of 1 % on one core. */
const SAMPLE_MS = 1_000;
const PINGS = { host: '127.0.0.1', sizeBytes: 40, count: 3, intervalMs: 20 };

const HERE: DoctorProbe = {
  ...THIS_MACHINE,
  ping: (signal) => runPing({ ...PINGS, signal }),
  wait: (ms, signal) => sleep(ms, signal),
  sampleMs: SAMPLE_MS,
  allCores: os.cpus().length,
  lts: process.release.lts ?? null,
};

/**
 * Takes about a second. Never throws; `signal` cuts it short, and what was not read by then is
 * null.
 */
export async function takeReadings(
  machine: Machine,
  signal: AbortSignal,
  overrides: Partial<DoctorProbe> = {},
): Promise<Readings> {
  const probe = { ...HERE, ...overrides };
  const [
    stolen,
    openFiles,
    openFilesHard,
    quotas,
    backlog,
    receiveBuffer,
    sendBuffer,
    clock,
    ping,
  ] = await Promise.all([
    readStolen(probe, signal),
    readOpenFilesLimit(probe),
    readHardLimit(probe),
    probe.platform === 'linux' ? cpuQuotas(probe.readText) : [],
    setting(probe, machine, 'net.core.somaxconn', 'kern.ipc.somaxconn'),
    setting(probe, machine, 'net.core.rmem_max', 'kern.ipc.maxsockbuf'),
    setting(probe, machine, 'net.core.wmem_max', 'kern.ipc.maxsockbuf'),
    readClock(probe),
    probe.ping(signal),
  ]);
  return {
    platform: probe.platform,
    cores: machine.cores,
    allCores: probe.allCores,
    cpuQuota: quotas.toSorted((a, b) => a.cpus - b.cpus)[0] ?? null,
    governor: machine.governor,
    loadAverage: machine.load_average_1m,
    stolen,
    openFiles,
    openFilesHard,
    backlog,
    receiveBuffer,
    sendBuffer,
    ping,
    clock,
    node: machine.node,
    lts: probe.lts,
  };
}

async function readStolen(probe: DoctorProbe, signal: AbortSignal): Promise<number | null> {
  const times = async (): Promise<CpuTimes | null> =>
    probe.platform === 'linux' ? parseCpuTimes((await probe.readText('/proc/stat')) ?? '') : null;
  const before = await times();
  if (before === null) return null;
  try {
    await probe.wait(probe.sampleMs, signal);
  } catch {
    return null;
  }
  const after = await times();
  return after === null ? null : stolenShare(before, after);
}

async function readHardLimit(probe: DoctorProbe): Promise<number | 'unlimited' | null> {
  if (probe.platform === 'win32') return null;
  const limits = await probe.readText('/proc/self/limits');
  const hard = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  const text = hard ?? (await probe.run('sh', ['-c', 'ulimit -H -n']))?.trim();
  return text === 'unlimited' ? text : wholeNumber(text);
}

/** A kernel setting by its name on Linux, or by that on macOS and the BSDs. */
async function setting(
  probe: DoctorProbe,
  machine: Machine,
  linux: string,
  bsd: string,
): Promise<Setting | null> {
  if (probe.platform === 'win32') return null;
  const isLinux = probe.platform === 'linux';
  const text = isLinux ? machine.sysctls[linux] : await probe.run('sysctl', ['-n', bsd]);
  const value = wholeNumber(text?.trim());
  return value === null ? null : { name: isLinux ? linux : bsd, value };
}

async function readClock({ platform, readText }: DoctorProbe): Promise<Readings['clock']> {
  if (platform !== 'linux') return null;
  const [current, available] = await Promise.all([
    readText(`${CLOCK_SOURCE}/current_clocksource`),
    readText(`${CLOCK_SOURCE}/available_clocksource`),
  ]);
  if (current === null || current.trim() === '') return null;
  return { current: current.trim(), available: available?.trim().split(/\s+/) ?? [] };
}

function wholeNumber(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
