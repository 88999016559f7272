import { readFileSync } from 'node:fs';

/**
 * Resident set of this process in bytes as Node tells it; null where the system does not (Linux
 * without /proc).
 */
export function residentSet(): number | null {
  try {
    // Where nobody counts pages it is 0, and no process has none.
    return process.memoryUsage.rss() || null;
  } catch {
    return null;
  }
}

/**
 * Largest resident set of this program. Not `getrusage`'s on Linux: that is handed down through
 * fork and exec, so a worker would begin with its parent's peak (exec_mmap() in the kernel's
 * fs/exec.c); VmHWM belongs to the memory of this program alone. Null where that is not told.
 */
export function peakResidentSet(
  status: () => string = () => readFileSync('/proc/self/status', 'utf8'),
  platform: NodeJS.Platform = process.platform,
): number | null {
  if (platform !== 'linux') return process.resourceUsage().maxRSS * 1_024 || null;
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status())?.[1];
    return Number(kibibytes ?? 0) * 1_024 || null;
  } catch {
    return null;
  }
}
