import { bindCalls, type Koffi } from './koffi.js';
import { TIMESPEC } from './layout.js';

/**
 * The calls of the C library that sockets need, bound once. Each returns its result, or minus
 * errno(3) when it fails; what it does is in its man page. Pointers are addresses of `addressOf`:
 * they never move, but whoever uses one keeps a reference to the buffer.
 */
export interface Libc {
  /** Address of the first byte of a buffer that is off V8's heap (`Buffer.allocUnsafeSlow`). */
  addressOf(buffer: ArrayBufferLike): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, sockaddr: number, bytes: number): number;
  connect(fd: number, sockaddr: number, bytes: number): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number, sockaddr: number, bytes: number): number;
  getsockname(fd: number, sockaddr: number, bytes: number): number;
  getsockopt(fd: number, level: number, name: number, value: number, bytes: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, bytes: number): number;
  send(fd: number, data: number, bytes: number, flags: number): number;
  recvmsg(fd: number, message: number, flags: number): number;
  /** Never blocks. How many datagrams came. */
  recvmmsg(fd: number, messages: number, count: number): number;
  /** Never blocks. How many were sent; an error only if not even the first was. */
  sendmmsg(fd: number, messages: number, count: number): number;
  epollCreate(flags: number): number;
  epollCtl(epoll: number, operation: number, fd: number, event: number): number;
  epollWait(epoll: number, events: number, most: number, timeoutMs: number): number;
  clockGettime(clock: number, timespec: number): number;
  /** Calls back as long as `fd` is readable. Absent where the package that calls C cannot wait. */
  readonly poll?: (fd: number, readable: () => void) => { close(): void };
  /** Bytes that malloc(3) has given out and not got back. Absent where the library does not tell. */
  readonly allocated?: () => number;
}

/** errno(3), Linux: the same numbers on every architecture supported here. */
export const ERRNO = {
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
} as const;

const MSG_DONTWAIT = 0x40;
const CLOCK_MONOTONIC = 1;

let loaded: Promise<Libc> | undefined;

/**
 * Binds the C library through koffi, an optional dependency, once a process.
 * @throws LAB_ERR_NATIVE with the reason why it cannot be
 */
export function loadLibc(): Promise<Libc> {
  loaded ??= bindCalls((koffi) => tried(bound(koffi)));
  return loaded;
}

/** `uintptr_t`: an address below 2^48, exact as a number. Written out: a spread would allocate. */
function bound(koffi: Koffi): Libc {
  // The process itself: whatever C library Node runs with.
  const library = koffi.load(null);
  const bind = (signature: string): ((...values: number[]) => number) => library.func(signature);
  const socket = bind('int socket(int domain, int type, int protocol)');
  const named = (name: string): ReturnType<typeof bind> =>
    bind(`int ${name}(int fd, uintptr_t address, unsigned int bytes)`);
  const [bindTo, connectTo] = [named('bind'), named('connect')];
  const listen = bind('int listen(int fd, int backlog)');
  const accept = bind('int accept(int fd, uintptr_t address, uintptr_t bytes)');
  const getsockname = bind('int getsockname(int fd, uintptr_t address, uintptr_t bytes)');
  const get = bind('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t bytes)');
  const set = bind(
    'int setsockopt(int fd, int level, int name, uintptr_t value, unsigned int bytes)',
  );
  const send = bind('intptr_t send(int fd, uintptr_t data, size_t bytes, int flags)');
  const recvmsg = bind('intptr_t recvmsg(int fd, uintptr_t message, int flags)');
  const recvmmsg = bind(
    'int recvmmsg(int fd, uintptr_t messages, unsigned int n, int flags, uintptr_t timeout)',
  );
  const sendmmsg = bind('int sendmmsg(int fd, uintptr_t messages, unsigned int n, int flags)');
  const create = bind('int epoll_create1(int flags)');
  const control = bind('int epoll_ctl(int epoll, int operation, int fd, uintptr_t event)');
  const wait = bind('int epoll_wait(int epoll, uintptr_t events, int most, int timeout)');
  const gettime = bind('int clock_gettime(int clock, uintptr_t timespec)');
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result);
  // Not documented by koffi: an update may lack it.
  const poll: Koffi['node']['poll'] | undefined = koffi.node?.poll;
  const allocated = boundMallinfo(koffi, library);
  return {
    addressOf: (buffer) => Number(koffi.address(buffer)),
    socket: (domain, type, protocol) => orErrno(socket(domain, type, protocol)),
    bind: (fd, address, bytes) => orErrno(bindTo(fd, address, bytes)),
    connect: (fd, address, bytes) => orErrno(connectTo(fd, address, bytes)),
    listen: (fd, backlog) => orErrno(listen(fd, backlog)),
    accept: (fd, address, bytes) => orErrno(accept(fd, address, bytes)),
    getsockname: (fd, address, bytes) => orErrno(getsockname(fd, address, bytes)),
    getsockopt: (fd, level, name, value, bytes) => orErrno(get(fd, level, name, value, bytes)),
    setsockopt: (fd, level, name, value, bytes) => orErrno(set(fd, level, name, value, bytes)),
    send: (fd, data, bytes, flags) => orErrno(Number(send(fd, data, bytes, flags))),
    recvmsg: (fd, message, flags) => orErrno(Number(recvmsg(fd, message, flags))),
    recvmmsg: (fd, messages, count) => orErrno(recvmmsg(fd, messages, count, MSG_DONTWAIT, 0)),
    sendmmsg: (fd, messages, count) => orErrno(sendmmsg(fd, messages, count, MSG_DONTWAIT)),
    epollCreate: (flags) => orErrno(create(flags)),
    epollCtl: (epoll, operation, fd, event) => orErrno(control(epoll, operation, fd, event)),
    epollWait: (epoll, events, most, timeoutMs) => orErrno(wait(epoll, events, most, timeoutMs)),
    clockGettime: (clock, timespec) => orErrno(gettime(clock, timespec)),
    ...(typeof poll === 'function'
      ? { poll: (fd, readable) => poll(fd, { readable: true }, readable) }
      : {}),
    ...(allocated === undefined ? {} : { allocated }),
  };
}

/** @throws where the package has loaded, and a call does not do what it should */
function tried(libc: Libc): Libc {
  const time = Buffer.allocUnsafeSlow(TIMESPEC.size).fill(0);
  const told = libc.clockGettime(CLOCK_MONOTONIC, libc.addressOf(time.buffer));
  const refused = libc.getsockname(-1, 0, 0);
  if (told === 0 && time.some((byte) => byte !== 0) && refused === -ERRNO.EBADF) return libc;
  throw new Error('its calls do not do what they should');
}

/** mallinfo2(3): of all arenas, what is in use and what was mapped by itself. Since glibc 2.33. */
function boundMallinfo(koffi: Koffi, library: ReturnType<Koffi['load']>): Libc['allocated'] {
  const names = 'arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost';
  const fields = names.split(' ').map((name) => [name, 'size_t']);
  try {
    const mallinfo2 = library.func('mallinfo2', koffi.struct(Object.fromEntries(fields)), []);
    return () => {
      const { uordblks, hblkhd } = mallinfo2() as { uordblks: number; hblkhd: number };
      return Number(uordblks) + Number(hblkhd);
    };
  } catch {
    return undefined;
  }
}
