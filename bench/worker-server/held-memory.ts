/** How much memory this process holds on to. */
import { readFileSync } from 'node:fs';
import { getHeapSpaceStatistics } from 'node:v8';
import { residentSet } from '../process/resident-set.js';

/** V8's spaces for young objects. */
const YOUNG_SPACES: ReadonlySet<string> = new Set(['new_space', 'new_large_object_space']);

/**
 * Resident set without what comes and goes: garbage is collected first (where Node was started with
 * --expose-gc), and V8's young generation is left out. That one grows in leaps of megabytes with
 * the pace of allocation, so it would say more about how fast a thousand clients joined than about
 * what they cost. Null where the system does not tell.
 */
export function heldBytes(): number | null {
  globalThis.gc?.();
  const young = getHeapSpaceStatistics().filter(({ space_name: name }) => YOUNG_SPACES.has(name));
  const resident = residentBytes();
  return resident === null
    ? null
    : young.reduce((bytes, { physical_space_size: size }) => bytes - size, resident);
}

/**
 * Not Node's `rss` where it can be helped: Linux keeps that count by thread, and is off by up to
 * some hundred KB (proc(5), statm). The rollup is counted page by page when it is asked for.
 */
function residentBytes(): number | null {
  try {
    const kibibytes = /^Rss:\s*(\d+) kB$/m.exec(
      readFileSync('/proc/self/smaps_rollup', 'utf8'),
    )?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1_024;
  } catch {
    // No /proc here, or an older kernel.
  }
  return residentSet();
}
