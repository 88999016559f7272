import { networkInterfaces } from 'node:os';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/** Bytes of a `struct sockaddr_in` or `sockaddr_in6` on Linux (ip(7), ipv6(7)). */
export function sockaddrBytes(family: 4 | 6): number {
  return family === 4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
}

/**
 * The socket address as the kernel wants it, in 32-bit words of this (little-endian) machine.
 * `family` is the socket's: one of family 6 sends to IPv4 as `::ffff:a.b.c.d`. `address`: as Node
 * gives it, thus valid.
 */
export function encodeSockaddr(family: 4 | 6, address: string, port: number): Uint32Array {
  const bytes = Buffer.alloc(sockaddrBytes(family));
  bytes.writeUInt16LE(family === 4 ? AF_INET : AF_INET6, 0);
  bytes.writeUInt16BE(port, 2);
  if (family === 4) {
    bytes.set(ipv4Bytes(address), 4);
  } else {
    const [ip = '', zone] = address.split('%');
    // Bytes 4 to 7 are the flow label: none.
    bytes.set(ipv6Bytes(ip), 8);
    if (zone !== undefined) bytes.writeUInt32LE(scopeOf(zone), 24);
  }
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
}

/** The address part alone, as /proc/net/udp and udp6 print it: words of this machine in hex. */
export function procAddress(family: 4 | 6, address: string): string {
  const words = encodeSockaddr(family, address, 0);
  const part = family === 4 ? words.subarray(1, 2) : words.subarray(2, 6);
  return Array.from(part, (word) => word.toString(16).padStart(8, '0').toUpperCase()).join('');
}

/** An IPv4 address as a `struct in_addr` has it, in a word of this machine. */
export function ipv4Word(address: string): number {
  return Buffer.from(ipv4Bytes(address)).readInt32LE(0);
}

function ipv4Bytes(address: string): number[] {
  return address.split('.').map(Number);
}

/**
 * RFC 4291 §2.2: eight groups, of which `::` leaves out as many as are missing, the last two
 * perhaps written as IPv4.
 */
function ipv6Bytes(address: string): number[] {
  const [head = [], tail = []] = address.split('::').map(groupBytes);
  const missing = 16 - head.length - tail.length;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function groupBytes(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (group.includes('.')) return ipv4Bytes(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/**
 * Index of an interface, which Node gives by name; 0 when it is gone: the kernel then refuses the
 * datagram, and that is counted.
 */
function scopeOf(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  return networkInterfaces()[zone]?.find(({ scopeid }) => scopeid !== undefined)?.scopeid ?? 0;
}
