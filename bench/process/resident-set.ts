/**
 * Resident set of this process in bytes as Node tells it; null where the system does not (Linux
 * without /proc).
 */
export function residentSet(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
}
