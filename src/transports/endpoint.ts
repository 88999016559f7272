/** Where a server is, and how that stands in a URL. */
import { isIPv6 } from 'node:net';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /**
   * Multicast: address or name of the interface that leads there; absent = as the routes of the
   * system have it.
   */
  readonly multicastInterface?: string;
}

/** What introduces the zone of a scoped IPv6 address in a URL (RFC 6874): a `%`, itself encoded. */
const ZONE = '%25';

/**
 * `host:port` as it stands in a URL, and in messages: `127.0.0.1:7400`, `[::1]:7400`,
 * `[fe80::1%25eth0]:7400`. Other hosts are names or IPv4 addresses and stand as they are.
 */
export function authorityOf({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  return `${urlHost(host)}:${port}`;
}

/** The host of an authority, in brackets when it is an IPv6 address. `hostOfUrl` reads it back. */
function urlHost(host: string): string {
  if (!host.includes(':')) return host;
  const at = host.indexOf('%');
  if (at < 0) return `[${host}]`;
  return `[${host.slice(0, at)}${ZONE}${encodeURIComponent(host.slice(at + 1))}]`;
}

/**
 * The host that the host part of a URL means: brackets taken off, the zone of a scoped address
 * decoded. A zone written as everywhere but in URLs, `[fe80::1%eth0]`, is read as well. Undefined
 * when brackets hold no IPv6 address.
 */
export function hostOfUrl(text: string): string | undefined {
  if (!text.startsWith('[')) return text;
  const inside = text.slice(1, -1);
  const at = inside.indexOf('%');
  if (at < 0) return isIPv6(inside) ? inside : undefined;
  const encoded = inside.startsWith(ZONE, at);
  const zone = encoded ? decoded(inside.slice(at + ZONE.length)) : inside.slice(at + 1);
  const ip = inside.slice(0, at);
  // What may be in the name of an interface on any system; what is not part of an address has no
  // place in messages.
  return zone !== undefined && /^[^\s\p{C}%/[\]]+$/u.test(zone) && isIPv6(ip)
    ? `${ip}%${zone}`
    : undefined;
}

/**
 * An address without its zone, which means something on the machine itself only: no HTTP Host
 * header has one (RFC 6874 §4).
 */
export function withoutZone({
  host,
  port,
}: Pick<Endpoint, 'host' | 'port'>): Pick<Endpoint, 'host' | 'port'> {
  return { host: isIPv6(host) ? (host.split('%', 1)[0] as string) : host, port };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
