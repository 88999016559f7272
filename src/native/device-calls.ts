import { bindCalls, type Koffi } from './koffi.js';

/**
 * The calls of the C library that a network device and its namespace need. Each returns its result,
 * or minus errno(3) when it fails; what it does is in its man page. Pointers are addresses of
 * `addressOf`: they never move, but whoever uses one keeps a reference to the buffer.
 */
export interface DeviceCalls {
  /** Address of the first byte of a buffer that is off V8's heap (`Buffer.allocUnsafeSlow`). */
  addressOf(buffer: ArrayBufferLike): number;
  ioctl(fd: number, request: number, argument: number): number;
  read(fd: number, into: number, bytes: number): number;
  write(fd: number, from: number, bytes: number): number;
  /** Without a signal mask. */
  ppoll(fds: number, count: number, timespec: number): number;
  /** Of the calling thread: call it, and what relies on it, on the main thread. */
  unshare(flags: number): number;
  /** The same. */
  setns(fd: number, kind: number): number;
  prctl(option: number, value: number): number;
  /** Of the calling thread. */
  schedSetscheduler(policy: number, param: number): number;
}

let loaded: Promise<DeviceCalls> | undefined;

/**
 * Binds them through koffi, an optional dependency, once a process.
 * @throws LAB_ERR_NATIVE with the reason why it cannot be
 */
export function loadDeviceCalls(): Promise<DeviceCalls> {
  loaded ??= bindCalls(bound);
  return loaded;
}

/** `uintptr_t`: an address below 2^48, exact as a number. */
function bound(koffi: Koffi): DeviceCalls {
  const library = koffi.load(null);
  const bind = (signature: string): ((...values: number[]) => number) => library.func(signature);
  // Variadic in C; on the architectures supported here that is called in the same way.
  const ioctl = bind('int ioctl(int fd, unsigned long request, uintptr_t argument)');
  const read = bind('intptr_t read(int fd, uintptr_t into, size_t bytes)');
  const write = bind('intptr_t write(int fd, uintptr_t from, size_t bytes)');
  const ppoll = bind(
    'int ppoll(uintptr_t fds, unsigned long n, uintptr_t timespec, uintptr_t mask)',
  );
  const unshare = bind('int unshare(int flags)');
  const setns = bind('int setns(int fd, int kind)');
  const prctl = bind('int prctl(int option, unsigned long value)');
  const scheduler = bind('int sched_setscheduler(int pid, int policy, uintptr_t param)');
  const orErrno = (result: number): number => (result < 0 ? -koffi.errno() : result);
  return {
    addressOf: (buffer) => Number(koffi.address(buffer)),
    ioctl: (fd, request, argument) => orErrno(ioctl(fd, request, argument)),
    read: (fd, into, bytes) => orErrno(Number(read(fd, into, bytes))),
    write: (fd, from, bytes) => orErrno(Number(write(fd, from, bytes))),
    ppoll: (fds, count, timespec) => orErrno(ppoll(fds, count, timespec, 0)),
    unshare: (flags) => orErrno(unshare(flags)),
    setns: (fd, kind) => orErrno(setns(fd, kind)),
    prctl: (option, value) => orErrno(prctl(option, value)),
    schedSetscheduler: (policy, param) => orErrno(scheduler(0, policy, param)),
  };
}
