import { existsSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { cpuQuotas, tightest } from '../../src/kernel/cpu-quota.js';
import { readOpenFilesLimit, type SystemProbe, THIS_SYSTEM } from '../../src/kernel/open-files.js';
import type { Environment } from '../result/result.js';

/** What a capture looks at; tests put another platform in its place. */
export type EnvironmentProbe = SystemProbe;

/** Everything about the machine but what `lab doctor` makes of it. */
export type Machine = Omit<Environment, 'doctor'>;

/** Kernel settings that bound socket buffers, backlogs and ports, and how TCP paces; names as in sysctl(8). */
const SYSCTLS = [
  'net.core.rmem_max',
  'net.core.rmem_default',
  'net.core.wmem_max',
  'net.core.wmem_default',
  'net.core.somaxconn',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.udp_mem',
  'net.ipv4.igmp_max_memberships',
] as const;

const GOVERNOR = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';

/** The machine itself, nothing put in its place. */
export const THIS_MACHINE: EnvironmentProbe = THIS_SYSTEM;

/**
 * The machine a run is made on. Never throws; what cannot be told is null and said in `unknown`.
 * `cores` are those this process may use, `memory_bytes` is the physical memory of the machine,
 * `governor` that of CPU 0. An unlimited number of open files is null too, with a word in
 * `unknown`.
 */
export async function captureMachine(overrides: Partial<EnvironmentProbe> = {}): Promise<Machine> {
  const probe: EnvironmentProbe = { ...THIS_MACHINE, ...overrides };
  const unknown: string[] = [];
  const linux = probe.platform === 'linux';
  const [release, governor, limit, quotas, sysctls, git] = await Promise.all([
    linux ? probe.readText('/etc/os-release') : null,
    linux ? probe.readText(GOVERNOR) : null,
    readOpenFilesLimit(probe),
    linux ? cpuQuotas(probe.readText) : [],
    readSysctls(probe),
    commit(probe),
  ]);
  const cpu = os.cpus()[0]?.model.trim() || 'unknown';
  const load = probe.platform === 'win32' ? null : (os.loadavg()[0] ?? null);
  if (cpu === 'unknown') unknown.push('CPU model');
  if (governor === null)
    unknown.push('CPU frequency governor (no cpufreq here, as in most virtual machines)');
  if (load === null) unknown.push('load average (Windows has none)');
  if (limit === 'unlimited') unknown.push('limit of open files: there is none (unlimited)');
  if (limit === null) unknown.push('limit of open files');
  if (!linux) unknown.push('kernel socket settings (read from /proc/sys, Linux only)');
  else {
    const missing = SYSCTLS.filter((name) => sysctls[name] === null);
    if (missing.length > 0)
      unknown.push(`kernel settings not readable here: ${missing.join(', ')}`);
  }
  if (git.failed) unknown.push('commit of the lab (git is missing or refuses this checkout)');
  return {
    os: /^PRETTY_NAME="?([^"\n]*)/m.exec(release ?? '')?.[1] || os.type(),
    kernel: `${os.type()} ${os.release()}`,
    arch: process.arch,
    cpu,
    cores: os.availableParallelism(),
    cpu_quota_cores: tightest(quotas),
    memory_bytes: os.totalmem(),
    governor: governor?.trim() || null,
    node: process.version,
    load_average_1m: load,
    open_files_limit: typeof limit === 'number' ? limit : null,
    sysctls,
    git: git.commit,
    unknown,
  };
}

async function readSysctls(probe: EnvironmentProbe): Promise<Record<string, string | null>> {
  const values = SYSCTLS.map(async (name): Promise<[string, string | null]> => {
    if (probe.platform !== 'linux') return [name, null];
    const text = await probe.readText(`/proc/sys/${name.replaceAll('.', '/')}`);
    return [name, text?.trim().replace(/\s+/g, ' ') || null];
  });
  return Object.fromEntries(await Promise.all(values));
}

/**
 * Short commit of the lab's own checkout, `-dirty` when tracked files differ from it. Null when the
 * lab is not a work tree of its own: installed under somebody's node_modules, the repository around
 * it is not the lab's.
 */
async function commit(
  probe: EnvironmentProbe,
): Promise<{ commit: string | null; failed: boolean }> {
  const up = import.meta.url.endsWith('.ts') ? '../..' : '../../..';
  const root = fileURLToPath(new URL(up, import.meta.url));
  if (!existsSync(`${root}/.git`)) return { commit: null, failed: false };
  // --exclude leaves no tag to describe by, so the name is the bare hash.
  const described = await probe.run('git', [
    '-C',
    root,
    'describe',
    '--always',
    '--dirty',
    '--exclude=*',
  ]);
  const name = described?.trim() || null;
  return { commit: name, failed: name === null };
}
