import { CMSGHDR } from '../../native/layout.js';
import { ERRNO } from '../../native/libc.js';
import type { Native } from './native.js';
import { IPPROTO_UDP, UDP_SEGMENT } from './socket-calls.js';

/**
 * UDP segmentation offload (udp(7), Linux 4.18): one send carries several datagrams to one address,
 * all but the last of one size, which a control message says.
 */
const INT_BYTES = 4;
/** What every kernel with segmentation takes; those since 6.9 take 128. */
export const MOST_SEGMENTS = 64;
/** An IPv4 packet has 65,535 bytes at most, with its header and that of UDP. */
const MOST_BYTES = 65_507;

/** What a send carries that the kernel is to cut into datagrams: one, or several. */
export interface Segments {
  /** Bytes of each datagram but the last, head included. */
  readonly size: number;
  /** The heads one after another, 32-bit words; patched where they lie for each address. */
  readonly heads: Uint32Array;
  readonly payloads: readonly Buffer[];
  /** Bytes of zeros behind each payload. */
  readonly padding: readonly number[];
}

/** Datagrams of `datagramBytes` in one send at most. */
export function mostSegments(datagramBytes: number): number {
  return Math.min(MOST_SEGMENTS, Math.floor(MOST_BYTES / datagramBytes));
}

/** Whether the kernel segments for a UDP socket at all: asks for none, which changes nothing. */
export function canSegment(native: Native, fd: number): boolean {
  const none = Buffer.allocUnsafeSlow(INT_BYTES).fill(0);
  const at = native.addressOf(none.buffer) + none.byteOffset;
  return native.setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, at, none.length) === 0;
}

/**
 * What the kernel answers where it does not segment on a path that carries the datagrams one by
 * one: the device's MTU is too small (EINVAL, EMSGSIZE), it computes no checksums, or IPsec is on
 * it (EIO). None of them has been sent then.
 */
export const REFUSES_SEGMENTS: ReadonlySet<number> = new Set([
  ERRNO.EINVAL,
  ERRNO.EIO,
  ERRNO.EMSGSIZE,
]);

/** The size is a u16: CMSG_SPACE(2), and what of it is used, CMSG_LEN(2). */
export const CONTROL_BYTES: number = CMSGHDR.size + 8;
const CONTROL_USED = CMSGHDR.size + 2;

/** Writes the control message that has the kernel segment, but for the size. */
export function writeControl(memory: Buffer, at: number): void {
  memory.writeUInt32LE(CONTROL_USED, at + CMSGHDR.length);
  memory.writeInt32LE(IPPROTO_UDP, at + CMSGHDR.level);
  memory.writeInt32LE(UDP_SEGMENT, at + CMSGHDR.type);
}

/** Bytes of each segment but the last. */
export function writeSize(memory: Buffer, at: number, size: number): void {
  memory.writeUInt16LE(size, at + CMSGHDR.size);
}
