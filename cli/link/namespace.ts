/** Network namespaces, by the names that the kernel gives them: `net:[4026532000]`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { LinkEnd } from '../../bench/link/link.js';

/** Undefined where it is not told: of another user, or of nobody. */
export function namespaceOfProcess(pid: number | string | undefined): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

const TELL = "process.stdout.write(require('node:fs').readlinkSync('/proc/self/ns/net'))";

export function namespaceOf(end: LinkEnd): string {
  const [program = '', ...args] = end.enter([process.execPath, '-e', TELL]);
  return spawnSync(program, args, { encoding: 'utf8' }).stdout;
}

/** Ends all that is left in them, whoever started it; never where this process is. */
export function killIn(namespaces: readonly string[]): void {
  const own = namespaceOfProcess('self');
  if (namespaces.length === 0 || own === undefined) return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const place = namespaceOfProcess(pid);
    if (place === undefined || place === own || !namespaces.includes(place)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}
