/**
 * Structures of the Linux ABI on 64-bit, little-endian machines (x86_64, AArch64), as offsets in
 * bytes. Sources: recvmsg(2), sendmmsg(2), epoll_ctl(2), poll(2), netdevice(7), cmsg(3),
 * <linux/tcp.h>.
 */

const TWO_32 = 2 ** 32;

/** A pointer or a `size_t`, below 2^53. */
export function writePointer(memory: Buffer, at: number, value: number): void {
  memory.writeUInt32LE(value % TWO_32, at);
  memory.writeUInt32LE(Math.floor(value / TWO_32), at + 4);
}

/** `struct msghdr`. */
export const MSGHDR = {
  name: 0,
  nameBytes: 8,
  iovecs: 16,
  iovecCount: 24,
  control: 32,
  controlBytes: 40,
  flags: 48,
  size: 56,
} as const;

/** `struct mmsghdr`: a msghdr, then msg_len (4 bytes), and what fills it up. */
export const MMSGHDR = { length: 56, size: 64 } as const;

/** `struct iovec`. */
export const IOVEC = { base: 0, length: 8, size: 16 } as const;

/**
 * `struct cmsghdr`: length including itself (8 bytes), level, type; then data, to a multiple of 8.
 */
export const CMSGHDR = { length: 0, level: 8, type: 12, size: 16 } as const;

/** `struct epoll_event` of an architecture, as `process.arch` names it. */
export interface EpollEventLayout {
  readonly events: number;
  readonly data: number;
  readonly size: number;
}

/** It is packed on x86_64 only: events (4 bytes), data (8 bytes). */
export function epollEventOf(arch: string): EpollEventLayout {
  return arch === 'x64' ? { events: 0, data: 4, size: 12 } : { events: 0, data: 8, size: 16 };
}

export const EPOLL_EVENT: EpollEventLayout = epollEventOf(process.arch);

/** `struct timespec`: seconds and nanoseconds, 8 bytes each. */
export const TIMESPEC = { seconds: 0, nanos: 8, size: 16 } as const;

/** `struct pollfd`. */
export const POLLFD = { fd: 0, events: 4, revents: 6, size: 8 } as const;

/** `struct ifreq` as TUNSETIFF reads it: a name that ends with a zero, and 16 bits of flags. */
export const IFREQ = { name: 0, flags: 16, size: 40 } as const;

/**
 * `struct tcp_info`, read by the option of this number. `bytesAcked` is there since Linux 4.1,
 * `outOfOrder` (tcpi_rcv_ooopack) since 5.4.
 */
export const TCP_INFO = { option: 11, bytesAcked: 120, outOfOrder: 224 } as const;
