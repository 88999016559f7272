import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { LabError } from '../../src/errors.js';
import { loadDeviceCalls } from '../../src/native/device-calls.js';

/** How this process may make a link: absolute paths of the programs that it takes. */
export interface LinkMeans {
  readonly ip: string;
  readonly nsenter: string;
  /** Of a user without the rights: then all happens in a user namespace of its own. */
  readonly unshare: string | undefined;
}

const TUN = '/dev/net/tun';
const HINT =
  'a link needs Linux with /dev/net/tun that may be opened, koffi, iproute2 and util-linux, and root or user namespaces';
/** capabilities(7). */
const [CAP_NET_ADMIN, CAP_SYS_ADMIN] = [12n, 21n];
/** Where programs are when PATH does not say so: that of a user often lacks the system's own. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const UNSHARE_TIMEOUT_MS = 10_000;

/**
 * Looks for all that a link takes, and makes nothing.
 * @throws LAB_ERR_LINK_UNAVAILABLE that names everything that is missing; LAB_ERR_FD_LIMIT
 */
export async function findLinkMeans(): Promise<LinkMeans> {
  if (process.platform !== 'linux')
    throw linkUnavailable([`it is made by Linux, and this is ${process.platform}`]);
  const missing: string[] = [];
  await loadDeviceCalls().catch((error) => missing.push(LabError.from(error).message));
  const ip = findProgram('ip') ?? '';
  if (ip === '') missing.push('the program ip (iproute2) is not installed');
  const nsenter = findProgram('nsenter') ?? '';
  if (nsenter === '') missing.push('the program nsenter (util-linux) is not installed');
  const tun = tunProblem();
  if (tun !== undefined) missing.push(tun);
  const isPrivileged = hasCapabilities(readFileSync('/proc/self/status', 'utf8'));
  const unshare = isPrivileged ? undefined : findProgram('unshare');
  if (!isPrivileged) {
    const problem = userNamespaceProblem(unshare);
    if (problem !== undefined)
      missing.push(`this process has no CAP_SYS_ADMIN and CAP_NET_ADMIN, and ${problem}`);
  }
  if (missing.length > 0) throw linkUnavailable(missing);
  return { ip, nsenter, unshare };
}

/** `reasons`: all that is missing. */
export function linkUnavailable(reasons: readonly string[], cause?: unknown): LabError {
  return new LabError(
    'LAB_ERR_LINK_UNAVAILABLE',
    `a link cannot be emulated here: ${reasons.join('; ')}`,
    { cause, hint: HINT },
  );
}

/** Whether a process of this /proc/PID/status may make network namespaces and devices in them. */
export function hasCapabilities(status: string): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((bit) => ((effective >> bit) & 1n) === 1n);
}

function tunProblem(): string | undefined {
  try {
    closeSync(openSync(TUN, constants.O_RDWR | constants.O_NONBLOCK));
    return undefined;
  } catch (error) {
    return explainTun(error);
  }
}

/** @throws LAB_ERR_FD_LIMIT when it is not the device that is to blame */
export function explainTun(error: unknown): string {
  const known = LabError.from(error);
  if (known.code === 'LAB_ERR_FD_LIMIT') throw known;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT')
    return `there is no ${TUN}: load the module tun, or pass the device into the container`;
  if (code === 'ENXIO' || code === 'ENODEV') return 'this kernel has no TUN devices (CONFIG_TUN)';
  if (code === 'EACCES') return `this user may not open ${TUN} for reading and writing`;
  if (code === 'EPERM') return `${TUN} may not be opened here: a container forbids its use`;
  return known.message;
}

/** A user namespace is tried: kernels, distributions and containers forbid it in several ways. */
function userNamespaceProblem(unshare: string | undefined): string | undefined {
  if (unshare === undefined) return 'the program unshare (util-linux) is not installed';
  if (!existsSync('/proc/self/ns/user')) return 'this kernel has no user namespaces';
  const tried = spawnSync(unshare, ['--user', '--map-root-user', '--net', '--', '/bin/true'], {
    encoding: 'utf8',
    timeout: UNSHARE_TIMEOUT_MS,
  });
  if (tried.status === 0) return undefined;
  const said = tried.error?.message ?? tried.stderr.trim();
  return `user namespaces are forbidden (${said || `unshare exits with ${tried.status}`})`;
}

/** Absolute path of a program; undefined when there is none that may be run. */
export function findProgram(
  name: string,
  path: string | undefined = process.env.PATH,
): string | undefined {
  const folders = [...(path ?? '').split(':').filter(isAbsolute), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
