/**
 * Time in which at least one task of the machine waited for a CPU, since boot, µs: the `some` line
 * of /proc/pressure/cpu (Documentation/accounting/psi.rst). Null when the text has none. Pure.
 */
export function cpuPressureMicros(text: string): number | null {
  const micros = /^some .*\btotal=(\d+)$/m.exec(text)?.[1];
  return micros === undefined ? null : Number(micros);
}
