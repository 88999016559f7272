/**
 * Reads the two lines that /proc/net/snmp or netstat has for one protocol, names and values; null
 * when they are not there. A counter that is not among them, or is not a number, is null. Pure.
 */
export function protocolTable(
  text: string,
  protocol: string,
): ((name: string) => number | null) | null {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.trim().split(/\s+/));
  if (!names || !values) return null;
  return (name) => {
    const value = Number(values[names.indexOf(name)]);
    return Number.isSafeInteger(value) ? value : null;
  };
}
