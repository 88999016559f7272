/** Network namespaces, by the names that the kernel gives them: `net:[4026532000]`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import type { LinkEnd } from './link.js';

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

/** Of who starts others faster than they are found, some are left: it must end some time. */
const MOST_LOOKS = 50;

/**
 * Ends all that is left in them, whoever started it, and what those start meanwhile; never this
 * process.
 */
export function killIn(namespaces: readonly string[]): void {
  for (let looks = 0; looks < MOST_LOOKS; looks++) if (!killOnce(namespaces)) return;
}

/** Whether there was somebody. */
function killOnce(namespaces: readonly string[]): boolean {
  let isFound = false;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    const place = namespaceOfProcess(pid);
    if (place === undefined || !namespaces.includes(place)) continue;
    isFound = true;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  return isFound;
}
