/**
 * Where the control groups of this process are mounted that limit its CPU time: cgroups(7),
 * proc_pid_cgroup(5), proc_pid_mountinfo(5). Pure.
 */

export interface CpuGroups {
  readonly version: 1 | 2;
  /**
   * Folders from the group of this process up to the root of what is mounted here, at least one. A
   * quota at any of them holds.
   */
  readonly folders: readonly string[];
}

/** A line of mountinfo that mounts control groups. */
interface Mount {
  readonly version: 1 | 2;
  /** Which folder of the hierarchy is mounted, as seen from the root of this cgroup namespace. */
  readonly root: string;
  readonly point: string;
  /** Of version 1. */
  readonly controllers: readonly string[];
}

/**
 * @param groups the text of /proc/self/cgroup
 * @param mounts the text of /proc/self/mountinfo
 * @returns null where no hierarchy with the CPU controller is mounted
 */
export function cpuGroups(groups: string, mounts: string): CpuGroups | null {
  const known = mounts.split('\n').flatMap(mountOf);
  for (const { version, path } of pathsOf(groups)) {
    // The last mount on a folder hides the earlier ones.
    const mount = known.findLast(
      (one) => one.version === version && (version === 2 || one.controllers.includes('cpu')),
    );
    if (mount !== undefined) return { version, folders: foldersOf(mount, path) };
  }
  return null;
}

/**
 * Our group in each hierarchy that may hold the CPU controller. A controller is in one hierarchy
 * only: where version 1 has it, that of version 2 has no quotas.
 */
function pathsOf(text: string): { version: 1 | 2; path: string }[] {
  const lines = text
    .split('\n')
    .map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, names = '', path = '/']) => ({ names: names.split(','), path }));
  const first = lines.filter(({ names }) => names.includes('cpu'));
  const second = lines.filter(({ names }) => names.join() === '');
  return [
    ...first.map(({ path }) => ({ version: 1 as const, path })),
    ...(first.length > 0 ? [] : second.map(({ path }) => ({ version: 2 as const, path }))),
  ];
}

/** `36 35 98:0 /root /point rw,noatime master:1 - type source options` */
function mountOf(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, point] = before.split(' ');
  const [type, , options = ''] = after.split(' ');
  if (root === undefined || point === undefined) return [];
  if (type !== 'cgroup' && type !== 'cgroup2') return [];
  const version = type === 'cgroup' ? 1 : 2;
  const controllers = options.split(',');
  return [{ version, root: unescaped(root), point: unescaped(point), controllers }];
}

/** Blanks and the like are written as octal numbers. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/**
 * In a container what is mounted may begin at our own group, which /proc/self/cgroup names from the
 * root of the host. Where our group does not lie below what is mounted, the mount is all there is
 * to look at: a group above ours, or one that stands for it.
 */
function foldersOf({ root, point }: Mount, path: string): string[] {
  const parts = (text: string): string[] => text.split('/').filter((part) => part !== '');
  const [mounted, own] = [parts(root), parts(path)];
  const isBelow = !own.includes('..') && mounted.every((part, i) => own[i] === part);
  const below = isBelow ? own.slice(mounted.length) : [];
  const base = point === '/' ? '' : point;
  return Array.from({ length: below.length + 1 }, (_, i) =>
    [base, ...below.slice(0, below.length - i)].join('/'),
  ).map((folder) => (folder === '' ? '/' : folder));
}
