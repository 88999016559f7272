import { ERRNO } from './libc.js';
import type { Native } from './native.js';

/**
 * UDP segmentation offload (udp(7), Linux 4.18): one send carries several datagrams to one address,
 * all but the last of one size, which a control message says.
 */
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
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
  return native.setsockopt(fd, SOL_UDP, UDP_SEGMENT, at, none.length) === 0;
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

/** Of a `struct cmsghdr` with a u16 in it, CMSG_SPACE(2), and what of it is used, CMSG_LEN(2). */
export const CONTROL_BYTES = 24;
const CONTROL_USED = 18;

/** Writes the control message, but for the size. */
export function writeControl(memory: Buffer, at: number): void {
  memory.writeUInt32LE(CONTROL_USED, at);
  memory.writeInt32LE(SOL_UDP, at + 8);
  memory.writeInt32LE(UDP_SEGMENT, at + 12);
}
