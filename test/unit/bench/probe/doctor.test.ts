import { describe, expect, it } from 'vitest';
import { parseCpuTimes, stolenShare } from '../../../../bench/probe/cpu-times.js';
import { evaluate } from '../../../../bench/probe/doctor/checks.js';
import { examine } from '../../../../bench/probe/doctor/doctor.js';
import type { Readings } from '../../../../bench/probe/doctor/readings.js';
import { captureMachine } from '../../../../bench/probe/environment.js';
import type { DoctorCheck, RoundTrip } from '../../../../bench/result/result.js';
import { resultSchema } from '../../../../bench/result/result.js';

const PING: RoundTrip = {
  available: true,
  reason: null,
  hint: null,
  host: '127.0.0.1',
  size_bytes: 40,
  sent: 3,
  received: 3,
  rtt_us: { min: 30, avg: 42, p50: 41.4, max: 60, mdev: 5 },
};
const NO_PING: RoundTrip = {
  ...PING,
  available: false,
  reason: 'ping is not permitted to open its socket',
  hint: 'sudo setcap cap_net_raw+ep "$(command -v ping)"',
  received: 0,
  rtt_us: null,
};

/** A tuned Linux server on which nothing is wrong. */
const TUNED: Readings = {
  platform: 'linux',
  cores: 8,
  allCores: 8,
  cpuQuota: null,
  governor: 'performance',
  loadAverage: 0.4,
  stolen: 0,
  openFiles: 65_536,
  openFilesHard: 1_048_576,
  backlog: { name: 'net.core.somaxconn', value: 4_096 },
  receiveBuffer: { name: 'net.core.rmem_max', value: 212_992 },
  sendBuffer: { name: 'net.core.wmem_max', value: 212_992 },
  ping: PING,
  clock: { current: 'tsc', available: ['tsc', 'hpet', 'acpi_pm'] },
  node: 'v22.20.0',
  lts: 'Jod',
};

/** The one check named, on the tuned server with `change` made to it. */
function verdict(check: string, change: Partial<Readings>): DoctorCheck {
  return evaluate({ ...TUNED, ...change }).find((one) => one.check === check)!;
}

describe('the doctor', () => {
  it('finds nothing wrong with a tuned Linux server, whose kernel grants the default buffers exactly', () => {
    const checks = evaluate(TUNED);
    expect(checks.map(({ check }) => check)).toEqual([
      'governor',
      'cores',
      'load average',
      'cpu steal',
      'open files',
      'somaxconn',
      'rmem_max',
      'wmem_max',
      'ping',
      'clock source',
      'node',
    ]);
    expect(checks.filter(({ status, advice }) => status !== 'ok' || advice !== null)).toEqual([]);
  });

  it('has an advice for whatever is doubtful and none for what is ok', () => {
    const poor = evaluate({
      ...TUNED,
      cores: 1,
      allCores: 1,
      governor: 'powersave',
      loadAverage: 3,
      stolen: 0.2,
      openFiles: 64,
      openFilesHard: 64,
      backlog: { name: 'net.core.somaxconn', value: 128 },
      receiveBuffer: { name: 'net.core.rmem_max', value: 1 },
      sendBuffer: { name: 'net.core.wmem_max', value: 1 },
      ping: NO_PING,
      clock: { current: 'acpi_pm', available: ['acpi_pm'] },
      node: 'v18.0.0',
      lts: 'Hydrogen',
    });
    for (const { check, status, advice } of poor) {
      expect([check, status === 'warn' || status === 'bad', advice !== null]).toEqual([
        check,
        true,
        true,
      ]);
    }
  });

  it.each<[string, Partial<Readings>, DoctorCheck['status'], RegExp, string | null]>([
    [
      'governor',
      { governor: 'schedutil' },
      'warn',
      /^schedutil/,
      'echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor',
    ],
    ['governor', { governor: null }, 'unknown', /virtual machine/, null],
    ['cores', { cores: 4 }, 'ok', /^4$/, null],
    ['cores', { cores: 3, allCores: 3 }, 'warn', /^3/, '4 cores or more'],
    ['cores', { cores: 2, allCores: 16 }, 'warn', /^2/, 'taskset -acp 0-15 $$'],
    ['cores', { cores: 1, allCores: 1 }, 'bad', /take turns/, '4 cores or more'],
    [
      'cores',
      { cpuQuota: { cpus: 2.5, group: '/sys/fs/cgroup/lab' } },
      'warn',
      /quota of 2\.5 CPUs/,
      '--cpus',
    ],
    [
      'cores',
      { cpuQuota: { cpus: 1.5, group: '/sys/fs/cgroup/lab' } },
      'bad',
      /quota of 1\.5 CPUs/,
      '--cpus',
    ],
    ['cores', { cpuQuota: { cpus: 8, group: '/sys/fs/cgroup/lab' } }, 'ok', /^8$/, null],
    ['load average', { loadAverage: 1.99 }, 'ok', /^1\.99 .* 8 cores/, null],
    ['load average', { loadAverage: 2 }, 'warn', /^2\.00/, '--sort=-pcpu'],
    ['load average', { loadAverage: 8 }, 'bad', /^8\.00/, '--sort=-pcpu'],
    ['load average', { loadAverage: null }, 'unknown', /none/, null],
    ['cpu steal', { stolen: 0.009 }, 'ok', /^0\.9 %/, null],
    ['cpu steal', { stolen: 0.01 }, 'warn', /^1 %/, '--repeat'],
    ['cpu steal', { stolen: 0.05 }, 'bad', /^5 %/, '--repeat'],
    ['cpu steal', { stolen: null }, 'unknown', /./, null],
    ['open files', { openFiles: 1_064 }, 'ok', /1,000 TCP clients/, null],
    ['open files', { openFiles: 1_024 }, 'warn', /960 TCP clients/, 'ulimit -n 65536'],
    ['open files', { openFiles: 1_024, openFilesHard: 4_096 }, 'warn', /960/, 'ulimit -n 4096'],
    [
      'open files',
      { openFiles: 1_024, openFilesHard: 1_024 },
      'warn',
      /960/,
      'sudo prlimit --pid $$',
    ],
    ['open files', { openFiles: 163 }, 'bad', /99 TCP clients/, 'ulimit -n 65536'],
    ['open files', { openFiles: 'unlimited' }, 'ok', /unlimited/, null],
    ['open files', { openFiles: null }, 'unknown', /./, null],
    [
      'somaxconn',
      { backlog: { name: 'net.core.somaxconn', value: 128 } },
      'warn',
      /^128/,
      'sudo sysctl -w net.core.somaxconn=4096',
    ],
    [
      'rmem_max',
      { receiveBuffer: { name: 'net.core.rmem_max', value: 212_991 } },
      'warn',
      /^212,991 bytes.*212,992.*--rcvbuf/,
      'sudo sysctl -w net.core.rmem_max=4194304',
    ],
    [
      'wmem_max',
      { sendBuffer: { name: 'net.core.wmem_max', value: 4_096 } },
      'warn',
      /^4,096 bytes.*--sndbuf/,
      'sudo sysctl -w net.core.wmem_max=4194304',
    ],
    ['wmem_max', { sendBuffer: null }, 'unknown', /./, null],
    ['ping', {}, 'ok', /^127\.0\.0\.1 answers in 41 µs/, null],
    ['ping', { ping: NO_PING }, 'warn', /not permitted.*echo/, 'setcap'],
    ['clock source', { clock: { current: 'kvm-clock', available: [] } }, 'ok', /^kvm-clock$/, null],
    [
      'clock source',
      { clock: { current: 'arch_sys_counter', available: [] } },
      'ok',
      /^arch/,
      null,
    ],
    [
      'clock source',
      { clock: { current: 'hpet', available: ['hpet', 'tsc'] } },
      'bad',
      /^hpet/,
      'echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource',
    ],
    [
      'clock source',
      { clock: { current: 'acpi_pm', available: ['acpi_pm'] } },
      'bad',
      /^acpi_pm/,
      'dmesg',
    ],
    [
      'clock source',
      { clock: { current: 'xen', available: ['xen', 'tsc'] } },
      'warn',
      /^xen/,
      'echo tsc',
    ],
    ['clock source', { clock: { current: 'odd', available: ['odd'] } }, 'unknown', /^odd/, null],
    ['clock source', { clock: null }, 'unknown', /./, null],
    ['node', { node: 'v20.19.0', lts: 'Iron' }, 'ok', /Iron/, null],
    ['node', { node: 'v20.18.9', lts: 'Iron' }, 'bad', /older than 20\.19/, 'nodejs.org'],
    ['node', { node: 'v25.1.0', lts: null }, 'warn', /no long-term-support/, 'nodejs.org'],
    ['node', { node: 'v24.0.0-nightly', lts: null }, 'warn', /nightly/, 'nodejs.org'],
  ])('says of %s with %j: %s', (check, change, status, value, advice) => {
    const found = verdict(check, change);
    expect(found).toMatchObject({ status, value: expect.stringMatching(value) });
    if (advice === null) expect(found.advice).toBeNull();
    else expect(found.advice).toContain(advice);
  });
});

const quiet = new AbortController().signal;
const nothing = async (): Promise<null> => null;

/** An examination of a made-up machine: files by path, programs by command line. */
async function examineFake(
  platform: NodeJS.Platform,
  files: Readonly<Record<string, string | readonly string[]>>,
  programs: Readonly<Record<string, string>>,
  signal = quiet,
): Promise<Record<string, DoctorCheck>> {
  const reads = new Map<string, number>();
  const probe = {
    platform,
    readText: async (path: string) => {
      const text = files[path];
      const nth = reads.get(path) ?? 0;
      reads.set(path, nth + 1);
      return typeof text === 'string' ? text : (text?.[nth] ?? null);
    },
    run: async (file: string, args: readonly string[]) =>
      programs[[file, ...args].join(' ')] ?? null,
  };
  const machine = await captureMachine(probe);
  const checks = await examine(machine, signal, {
    ...probe,
    ping: async () => PING,
    wait: async (_ms, aborted) => aborted.throwIfAborted(),
    allCores: machine.cores,
    lts: 'Iron',
  });
  return Object.fromEntries(checks.map((check) => [check.check, check]));
}

const LINUX = {
  '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
  '/proc/self/limits':
    'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n',
  '/proc/sys/net/core/somaxconn': '128\n',
  '/proc/sys/net/core/rmem_max': '212992\n',
  '/proc/sys/net/core/wmem_max': '106496\n',
  '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet\n',
  '/sys/devices/system/clocksource/clocksource0/available_clocksource': 'hpet acpi_pm \n',
  // 400 ticks pass, 30 of them stolen.
  '/proc/stat': [
    'cpu  100 0 100 800 0 0 0 10 5 0\ncpu0 1 2\n',
    'cpu  200 0 150 1020 0 0 0 40 9 0\n',
  ],
};

/** Of a container with a cgroup namespace of its own. */
const V2 = {
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/mountinfo': '29 20 0:25 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n',
};
const V1 = {
  '/proc/self/cgroup': '4:cpu,cpuacct:/\n',
  '/proc/self/mountinfo': '33 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n',
};

describe('an examination', () => {
  it('of Linux reads its files', async () => {
    const found = await examineFake('linux', LINUX, {});
    expect(found).toMatchObject({
      governor: { status: 'warn', value: expect.stringContaining('powersave') },
      'cpu steal': { status: 'bad', value: expect.stringContaining('7.5 %') },
      'open files': { status: 'warn', advice: 'ulimit -n 65536' },
      somaxconn: { status: 'warn' },
      rmem_max: { status: 'ok' },
      wmem_max: { status: 'warn' },
      'clock source': { status: 'bad', advice: expect.stringContaining('dmesg') },
    });
  });

  it.each([
    ['cgroup v2', { ...V2, '/sys/fs/cgroup/cpu.max': '50000 100000\n' }],
    [
      'cgroup v1',
      {
        ...V1,
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
    ],
  ])('of a container finds its CPU quota (%s)', async (_, files) => {
    expect((await examineFake('linux', files, {})).cores).toMatchObject({
      status: 'bad',
      value: expect.stringContaining('0.5 CPUs'),
    });
  });

  it.each([
    [{ ...V2, '/sys/fs/cgroup/cpu.max': 'max 100000\n' }],
    [
      {
        ...V1,
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
    ],
  ])('of a container without a quota finds none: %j', async (files) => {
    expect((await examineFake('linux', files, {})).cores!.value).not.toContain('quota');
  });

  it('of macOS asks its sysctl and its shell, and says what it cannot tell', async () => {
    const found = await examineFake(
      'darwin',
      {},
      {
        'sysctl -n kern.ipc.somaxconn': '128\n',
        'sysctl -n kern.ipc.maxsockbuf': '8388608\n',
        'sh -c ulimit -n': '256\n',
        'sh -c ulimit -H -n': 'unlimited\n',
      },
    );
    expect(found).toMatchObject({
      governor: { status: 'unknown', advice: null },
      'cpu steal': { status: 'unknown', advice: null },
      'clock source': { status: 'unknown', advice: null },
      'open files': { status: 'warn', advice: 'ulimit -n 65536' },
      somaxconn: { status: 'warn', advice: 'sudo sysctl kern.ipc.somaxconn=4096' },
      rmem_max: { status: 'ok', value: expect.stringContaining('8,388,608') },
      wmem_max: { status: 'ok' },
      ping: { status: 'ok' },
    });
  });

  it('of Windows is unknown in all that Windows does not tell, and in nothing else', async () => {
    const found = await examineFake('win32', {}, {});
    const unknown = Object.values(found).filter(({ status }) => status === 'unknown');
    expect(unknown.map(({ check }) => check).sort()).toEqual([
      'clock source',
      'cpu steal',
      'governor',
      'load average',
      'open files',
      'rmem_max',
      'somaxconn',
      'wmem_max',
    ]);
  });

  it('that is cut short leaves open what takes time', async () => {
    const found = await examineFake('linux', LINUX, {}, AbortSignal.abort());
    expect(found['cpu steal']!.status).toBe('unknown');
    expect(found.somaxconn!.status).toBe('warn');
  });

  it('of a Linux that shows nothing fails in nothing', async () => {
    const machine = await captureMachine({ platform: 'linux', readText: nothing, run: nothing });
    const checks = await examine(machine, quiet, {
      platform: 'linux',
      readText: nothing,
      run: nothing,
      ping: async () => NO_PING,
      wait: nothing,
    });
    expect(resultSchema.shape.environment.shape.doctor.parse(checks)).toEqual(checks);
  });
});

describe('stolen CPU time', () => {
  it('is the eighth column of /proc/stat over the first eight: guest time is in user time already', () => {
    const before = parseCpuTimes('cpu  10 20 30 40 50 60 70 80 1000 2000\n');
    expect(before).toEqual({ total: 360, stolen: 80, busy: 190 });
    const after = parseCpuTimes('intr 5\ncpu  20 20 30 120 50 60 70 90 9000 9000\n');
    expect(stolenShare(before!, after!)).toBe(0.1);
  });

  it.each(['', 'cpu0 1 2 3 4 5 6 7 8\n', 'cpu  1 2 3 4\n', 'cpu  a b\n'])(
    'cannot be told from %j',
    (text) => {
      expect(parseCpuTimes(text)).toBeNull();
    },
  );

  it('is not told of less than 50 ticks, of which one stolen tick is more than 2 %, and is never negative', () => {
    const times = { total: 100, stolen: 10, busy: 0 };
    expect(stolenShare(times, times)).toBeNull();
    expect(stolenShare(times, { ...times, total: 149, stolen: 11 })).toBeNull();
    expect(stolenShare(times, { ...times, total: 150, stolen: 11 })).toBe(0.02);
    expect(stolenShare(times, { ...times, total: 200, stolen: 9 })).toBe(0);
  });
});
