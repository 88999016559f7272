import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { captureMachine } from '../../../../bench/probe/environment.js';
import { resultSchema } from '../../../../bench/result/result.js';
import { openFilesLimit } from '../../../../src/kernel/open-files.js';

const limits = readFileSync(
  new URL('../../../fixtures/proc/self-limits.txt', import.meta.url),
  'utf8',
);
const machineSchema = resultSchema.shape.environment.omit({ doctor: true });
const noText = async (): Promise<null> => null;
const noProgram = async (): Promise<null> => null;

describe('captureMachine', () => {
  it('reads Linux from its files', async () => {
    const files: Record<string, string> = {
      '/etc/os-release': 'NAME="X"\nPRETTY_NAME="Example Linux 12 (worm)"\nID=example\n',
      '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'performance\n',
      '/proc/self/limits': limits,
      '/proc/sys/net/core/rmem_max': '4194304\n',
      '/proc/sys/net/ipv4/tcp_rmem': '4096\t131072\t33554432\n',
    };
    const environment = await captureMachine({
      platform: 'linux',
      readText: async (path) => files[path] ?? null,
      run: noProgram,
    });
    expect(environment).toMatchObject({
      os: 'Example Linux 12 (worm)',
      governor: 'performance',
      open_files_limit: 20_000,
      sysctls: {
        'net.core.rmem_max': '4194304',
        'net.ipv4.tcp_rmem': '4096 131072 33554432',
        'net.core.wmem_max': null,
      },
    });
    expect(environment.unknown.join('\n')).toContain('net.core.wmem_max');
    expect(environment.unknown.join('\n')).not.toContain('governor');
  });

  it.each(['darwin', 'win32', 'freebsd'] as const)(
    'on %s says in words what cannot be told',
    async (platform) => {
      const environment = await captureMachine({ platform, readText: noText, run: noProgram });
      machineSchema.parse(environment);
      expect(environment).toMatchObject({ governor: null, open_files_limit: null });
      expect(Object.values(environment.sysctls).every((value) => value === null)).toBe(true);
      const unknown = environment.unknown.join('\n');
      for (const word of ['governor', 'open files', 'socket settings'])
        expect(unknown).toContain(word);
      expect(environment.load_average_1m === null).toBe(platform === 'win32');
      expect(unknown.includes('load average')).toBe(platform === 'win32');
    },
  );

  it('an unlimited number of open files is null and said to be unlimited', async () => {
    const environment = await captureMachine({
      platform: 'darwin',
      readText: noText,
      run: async () => 'unlimited\n',
    });
    expect(environment.open_files_limit).toBeNull();
    expect(environment.unknown.join('\n')).toContain('unlimited');
  });

  it('asks git for a bare hash of the root of the lab, without a shell', async () => {
    const asked: string[][] = [];
    const run = async (file: string, args: readonly string[]): Promise<string | null> => {
      asked.push([file, ...args]);
      return file === 'git' ? 'abc1234-dirty\n' : null;
    };
    const { git } = await captureMachine({ run });
    const call = asked.find(([file]) => file === 'git');
    // Without a checkout of its own (an installed package) there is nothing to ask.
    expect(git).toBe(call ? 'abc1234-dirty' : null);
    if (call) expect(call.slice(3)).toEqual(['describe', '--always', '--dirty', '--exclude=*']);
  });
});

describe('openFilesLimit', () => {
  it('is the soft limit of this process', async () => {
    expect(await openFilesLimit({ platform: 'linux', readText: async () => limits })).toBe(20_000);
  });

  it('comes from the shell where there is no /proc', async () => {
    const run = async (file: string, args: readonly string[]): Promise<string | null> =>
      [file, ...args].join(' ') === 'sh -c ulimit -n' ? '256\n' : null;
    expect(await openFilesLimit({ platform: 'darwin', readText: noText, run })).toBe(256);
  });

  it('is null where there is none or nothing sensible is said', async () => {
    expect(await openFilesLimit({ platform: 'win32' })).toBeNull();
    for (const said of ['unlimited', '', 'no', '-1']) {
      expect(
        await openFilesLimit({ platform: 'darwin', readText: noText, run: async () => said }),
      ).toBeNull();
    }
  });

  it.skipIf(process.platform === 'win32')('can be read here', async () => {
    const limit = await openFilesLimit();
    expect(limit === null || limit > 0).toBe(true);
  });
});
