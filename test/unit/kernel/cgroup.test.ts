import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuGroups } from '../../../src/kernel/cgroup.js';

/** As /proc/self/mountinfo has it, around the mount in question. */
const mounted = (...mounts: readonly string[]): string =>
  [
    '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
    '31 22 0:26 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw,mode=755',
    ...mounts,
    '',
  ].join('\n');

const V2 = '35 31 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const V1 = '33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct';
const HYBRID = '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';

describe('the control groups that limit the CPU of a process', () => {
  it.each<[string, string, string, unknown]>([
    [
      'of a service under version 2, with all that are above it',
      '0::/system.slice/lab.service\n',
      mounted(V2),
      {
        version: 2,
        folders: [
          '/sys/fs/cgroup/system.slice/lab.service',
          '/sys/fs/cgroup/system.slice',
          '/sys/fs/cgroup',
        ],
      },
    ],
    [
      'of a container with a namespace of its own: it sees itself as the root, which has the quota',
      '0::/\n',
      mounted(V2),
      { version: 2, folders: ['/sys/fs/cgroup'] },
    ],
    [
      'of a container without one under version 1: what is mounted begins at its own group',
      '4:cpu,cpuacct:/docker/0a1b\n0::/docker/0a1b\n',
      mounted('33 31 0:29 /docker/0a1b /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct'),
      { version: 1, folders: ['/sys/fs/cgroup/cpu'] },
    ],
    [
      'of a group inside of such a container',
      '4:cpu,cpuacct:/docker/0a1b/nested/deep\n',
      mounted('33 31 0:29 /docker/0a1b /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct'),
      {
        version: 1,
        folders: [
          '/sys/fs/cgroup/cpu/nested/deep',
          '/sys/fs/cgroup/cpu/nested',
          '/sys/fs/cgroup/cpu',
        ],
      },
    ],
    [
      'of a system with both: the hierarchy that has the controller',
      '5:cpu,cpuacct:/user\n1:name=systemd:/user/x\n0::/user/y\n',
      mounted(HYBRID, V1),
      { version: 1, folders: ['/sys/fs/cgroup/cpu,cpuacct/user', '/sys/fs/cgroup/cpu,cpuacct'] },
    ],
    [
      'in a namespace that our group lies outside of: what is mounted is all there is to look at',
      '0::/../other\n',
      mounted(V2),
      { version: 2, folders: ['/sys/fs/cgroup'] },
    ],
    [
      'in a namespace that the mount began above of: the mount is above our group',
      '0::/\n',
      mounted('35 31 0:30 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw'),
      { version: 2, folders: ['/sys/fs/cgroup'] },
    ],
    [
      'with blanks and colons in their names',
      '0::/my group:1\n',
      mounted('35 31 0:30 / /mnt/c\\040g rw - cgroup2 cgroup2 rw'),
      { version: 2, folders: ['/mnt/c g/my group:1', '/mnt/c g'] },
    ],
    [
      'of cpuset and cpuacct are others',
      '3:cpuset:/a\n2:cpuacct:/b\n1:cpu:/c\n',
      mounted(
        '33 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset',
        '34 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
        '35 31 0:31 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct',
      ),
      { version: 1, folders: ['/sys/fs/cgroup/cpu/c', '/sys/fs/cgroup/cpu'] },
    ],
    [
      'where version 1 has the controller and is not mounted',
      '5:cpu:/x\n0::/\n',
      mounted(V2),
      null,
    ],
    ['where nothing is mounted', '0::/\n', mounted(), null],
    ['without /proc', '', '', null],
  ])('%s', (_, groups, mounts, expected) => {
    expect(cpuGroups(groups, mounts)).toEqual(expected);
  });

  it('are absolute paths, at least one, or none are known, whatever the texts are', () => {
    const path = fc.stringMatching(/^(\/[a-z.]{1,3}){0,4}$/);
    const line = fc
      .tuple(path, path)
      .map(([root, point]) => `1 2 0:3 ${root || '/'} ${point || '/'} rw - cgroup2 cgroup2 rw`);
    fc.assert(
      fc.property(
        fc.oneof(
          path.map((one) => `0::${one || '/'}\n`),
          fc.string(),
        ),
        fc.oneof(line, fc.string()),
        (groups, mounts) => {
          const found = cpuGroups(groups, mounts);
          if (found === null) return;
          expect(found.folders.length).toBeGreaterThan(0);
          for (const folder of found.folders) expect(folder).toMatch(/^\//);
        },
      ),
    );
  });
});
