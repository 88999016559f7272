/** What the emulator reads of a packet: RFC 791 (IPv4), RFC 768 (UDP), RFC 9293 (TCP). */
import { PACKET, packetType } from '../../../src/transports/datagram/wire.js';
import { clientAt } from '../addresses.js';

const IPV4_HEADER_BYTES = 20;
const [TOTAL_LENGTH, FRAGMENT, PROTOCOL, SOURCE, DESTINATION] = [2, 6, 9, 12, 16];
/** Where in its unit of 8 bytes a fragment begins; the bits above are flags. */
const FRAGMENT_OFFSET = 0x1fff;
const [TCP, UDP] = [6, 17];
const UDP_HEADER_BYTES = 8;
const [TCP_HEADER_BYTES, TCP_DATA_OFFSET] = [20, 12];

// A packet is `[at, at + length)` of `bytes`.

/** Whose packet it is, by its address at the clients' end; −1 = nobody's, or no whole IPv4. */
export function clientOf(bytes: Buffer, at: number, length: number, isUp: boolean): number {
  if (length < IPV4_HEADER_BYTES || (bytes[at] as number) >> 4 !== 4) return -1;
  const header = headerBytes(bytes, at);
  if (header < IPV4_HEADER_BYTES || header > length) return -1;
  if (word(bytes, at + TOTAL_LENGTH) !== length) return -1;
  return clientAt(bytes, at + (isUp ? SOURCE : DESTINATION));
}

// What follows expects a packet of a client.

export const CONTENT = {
  other: 0,
  /** A data datagram of the lab's UDP: its header is at `dataHeader`. */
  data: 1,
  /** A TCP segment with payload. */
  segment: 2,
  /** A later part of a UDP datagram: of which one is not known. */
  fragment: 3,
} as const;
export type Content = (typeof CONTENT)[keyof typeof CONTENT];

export function contentOf(bytes: Buffer, at: number, length: number): Content {
  const protocol = bytes[at + PROTOCOL];
  const isFirst = (word(bytes, at + FRAGMENT) & FRAGMENT_OFFSET) === 0;
  if (protocol === UDP) {
    if (!isFirst) return CONTENT.fragment;
    const isData = packetType(bytes, dataHeader(bytes, at), at + length) === PACKET.data;
    return isData ? CONTENT.data : CONTENT.other;
  }
  if (protocol !== TCP) return CONTENT.other;
  // A segment is never larger than a packet here: a later fragment is of a stranger's making.
  const payload = length - headerBytes(bytes, at);
  if (!isFirst || payload < TCP_HEADER_BYTES) return CONTENT.other;
  const offset = (bytes[at + headerBytes(bytes, at) + TCP_DATA_OFFSET] as number) >> 4;
  return payload > offset * 4 ? CONTENT.segment : CONTENT.other;
}

/** Where the payload of a UDP datagram begins. */
export function dataHeader(bytes: Buffer, at: number): number {
  return at + headerBytes(bytes, at) + UDP_HEADER_BYTES;
}

/** Inverts a bit behind the IP header; false when there is nothing behind it. */
export function invertBit(bytes: Buffer, at: number, length: number, bit: number): boolean {
  const header = headerBytes(bytes, at);
  const bits = (length - header) * 8;
  if (bits === 0) return false;
  const place = bit % bits;
  const byte = at + header + (place >> 3);
  bytes[byte] = (bytes[byte] as number) ^ (1 << (place & 7));
  return true;
}

function headerBytes(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) & 0x0f) * 4;
}

/** In the order of the network. */
function word(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
