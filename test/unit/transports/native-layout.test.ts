import { describe, expect, it } from 'vitest';
import {
  CMSGHDR,
  epollEventOf,
  IOVEC,
  MMSGHDR,
  MSGHDR,
  TCP_INFO,
  TIMESPEC,
} from '../../../src/native/layout.js';
import { ERRNO } from '../../../src/native/libc.js';
import { CONTROL_BYTES } from '../../../src/transports/native/segments.js';
import { sockaddrBytes } from '../../../src/transports/native/sockaddr.js';
import * as calls from '../../../src/transports/native/socket-calls.js';

/**
 * What a C program printed with offsetof and sizeof, compiled by gcc 12 with glibc 2.36 and Linux
 * 6.1 headers for x86_64 and for AArch64 (run by qemu-user). With musl 1.2 the offsets are the
 * same. The two differ in `struct epoll_event` alone.
 */
const PRINTED = {
  msghdr: {
    name: 0,
    nameBytes: 8,
    iovecs: 16,
    iovecCount: 24,
    control: 32,
    controlBytes: 40,
    flags: 48,
    size: 56,
  },
  mmsghdr: { length: 56, size: 64 },
  iovec: { base: 0, length: 8, size: 16 },
  cmsghdr: { length: 0, level: 8, type: 12, size: 16 },
  timespec: { seconds: 0, nanos: 8, size: 16 },
  tcpInfo: { option: 11, bytesAcked: 120, outOfOrder: 224 },
  cmsgSpaceOfU16: 24,
  sockaddrIn: 16,
  sockaddrIn6: 28,
};

describe('the structures of the system', () => {
  it('are laid out as the C compiler has them on x86_64 and on AArch64', () => {
    expect({
      msghdr: MSGHDR,
      mmsghdr: MMSGHDR,
      iovec: IOVEC,
      cmsghdr: CMSGHDR,
      timespec: TIMESPEC,
      tcpInfo: TCP_INFO,
      cmsgSpaceOfU16: CONTROL_BYTES,
      sockaddrIn: sockaddrBytes(4),
      sockaddrIn6: sockaddrBytes(6),
    }).toEqual(PRINTED);
  });

  it.each([
    ['x64', { events: 0, data: 4, size: 12 }],
    ['arm64', { events: 0, data: 8, size: 16 }],
  ])('have an epoll_event of %s that is packed on x86_64 only', (arch, printed) => {
    expect(epollEventOf(arch)).toEqual(printed);
  });

  it('go with the numbers that the headers of both have', () => {
    expect(calls.AF).toEqual({ 4: 2, 6: 10 });
    expect(calls.SOCK).toEqual({ stream: 1, dgram: 2, nonblock: 2_048, cloexec: 524_288 });
    expect(calls.MSG).toEqual({ dontwait: 64, nosignal: 16_384 });
    expect(calls.SO).toEqual({
      reuseaddr: 2,
      error: 4,
      sndbuf: 7,
      rcvbuf: 8,
      linger: 13,
      rcvtimeo: 20,
      rcvbufforce: 33,
      timestampns: 35,
    });
    const { SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP } = calls;
    expect([SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP]).toEqual([1, 0, 6, 17]);
    const { IP_PKTINFO, TCP_NODELAY, UDP_SEGMENT, UDP_GRO } = calls;
    expect([IP_PKTINFO, TCP_NODELAY, UDP_SEGMENT, UDP_GRO]).toEqual([8, 1, 103, 104]);
    expect(ERRNO).toEqual({
      EINTR: 4,
      EIO: 5,
      EBADF: 9,
      EAGAIN: 11,
      EINVAL: 22,
      EPIPE: 32,
      EDESTADDRREQ: 89,
      EMSGSIZE: 90,
      EADDRNOTAVAIL: 99,
      ECONNRESET: 104,
      ENOBUFS: 105,
      ETIMEDOUT: 110,
      EINPROGRESS: 115,
      ECANCELED: 125,
    });
  });
});
