import { describe, expect, it } from 'vitest';
import { type CpuQuota, cpuQuotas, throttling, tightest } from '../../../src/kernel/cpu-quota.js';

/** A /proc and /sys of these files only. */
const reader =
  (files: Readonly<Record<string, string>>) =>
  async (path: string): Promise<string | null> =>
    files[path] ?? null;

const V2 = {
  '/proc/self/cgroup': '0::/a/b\n',
  '/proc/self/mountinfo': '35 31 0:30 / /cg rw - cgroup2 cgroup2 rw\n',
};
const V1 = {
  '/proc/self/cgroup': '4:cpu,cpuacct:/lab\n',
  '/proc/self/mountinfo': '33 31 0:29 / /cg rw - cgroup cgroup rw,cpu,cpuacct\n',
};

describe('CPU quotas', () => {
  it('of version 2 are found at every level of the path, with what they cost', async () => {
    const quotas = await cpuQuotas(
      reader({
        ...V2,
        '/cg/a/b/cpu.max': 'max 100000\n',
        '/cg/a/cpu.max': '40000 100000\n',
        '/cg/a/cpu.stat':
          'usage_usec 900\nuser_usec 600\nsystem_usec 300\nnr_periods 50\nnr_throttled 48\nthrottled_usec 1420000\n',
        '/cg/cpu.max': '150000 100000\n',
      }),
    );
    expect(quotas).toEqual([
      { group: '/cg/a', cpus: 0.4, periods: 50, throttledPeriods: 48, throttledMicros: 1_420_000 },
      { group: '/cg', cpus: 1.5, periods: null, throttledPeriods: null, throttledMicros: null },
    ]);
    expect(tightest(quotas)).toBe(0.4);
  });

  it('of version 1 count in nanoseconds what version 2 counts in microseconds', async () => {
    const quotas = await cpuQuotas(
      reader({
        ...V1,
        '/cg/lab/cpu.cfs_quota_us': '40000\n',
        '/cg/lab/cpu.cfs_period_us': '100000\n',
        '/cg/lab/cpu.stat': 'nr_periods 12\nnr_throttled 10\nthrottled_time 162003297\n',
        '/cg/cpu.cfs_quota_us': '-1\n',
        '/cg/cpu.cfs_period_us': '100000\n',
      }),
    );
    expect(quotas).toEqual([
      {
        group: '/cg/lab',
        cpus: 0.4,
        periods: 12,
        throttledPeriods: 10,
        throttledMicros: 162_003.297,
      },
    ]);
  });

  it.each([
    ['the root of version 2, which has no such file', V2],
    ['a quota of 0', { ...V2, '/cg/a/b/cpu.max': '0 100000' }],
    ['nonsense', { ...V2, '/cg/a/b/cpu.max': 'a b', '/cg/a/cpu.max': '', '/cg/cpu.max': '7' }],
    ['a period that cannot be read', { ...V1, '/cg/lab/cpu.cfs_quota_us': '5000' }],
    ['no /proc', {}],
  ])('%s: none', async (_, files) => {
    expect(await cpuQuotas(reader(files))).toEqual([]);
    expect(tightest([])).toBeNull();
  });
});

describe('what a quota cost between two readings', () => {
  const quota = (change: Partial<CpuQuota>): CpuQuota => ({
    group: '/cg/lab',
    cpus: 0.4,
    periods: 100,
    throttledPeriods: 10,
    throttledMicros: 1_000,
    ...change,
  });

  it('is the growth of the group that used up its quota most often', () => {
    const outer = { group: '/cg', cpus: 2 };
    const before = [quota({}), quota(outer)];
    const after = [
      quota({ periods: 150, throttledPeriods: 58, throttledMicros: 1_421_000 }),
      quota({ ...outer, periods: 150 }),
    ];
    const cost = { group: '/cg/lab', cpus: 0.4, periods: 0.96, micros: 1_420_000 };
    expect(throttling(before, after)).toEqual(cost);
    expect(throttling(before.toReversed(), after.toReversed())).toEqual(cost);
  });

  it.each([
    ['nothing ran of it', [quota({})], [quota({})]],
    ['it was made meanwhile', [], [quota({})]],
    ['its counts cannot be read', [quota({ periods: null })], [quota({})]],
    ['they began anew', [quota({})], [quota({ periods: 3, throttledPeriods: 0 })]],
  ])('has no share where %s', (_, before, after) => {
    expect(throttling(before, after)?.periods).toBeNull();
  });

  it('is nothing where no quota holds', () => {
    expect(throttling([quota({})], [])).toBeNull();
  });
});
