/** CPU-µs of this process so far: user and system, of all its threads. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
