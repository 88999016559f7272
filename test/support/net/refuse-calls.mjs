/**
 * Lets the kernel refuse system calls of this thread, and of the processes it starts, from now on:
 * a filter as seccomp(2) has it. It cannot be taken back, so it is for a process of its own.
 */
import koffi from 'koffi';

/** <asm/unistd.h> */
const NUMBERS = {
  x64: {
    epoll_create1: 291,
    epoll_ctl: 233,
    epoll_wait: 232,
    recvmsg: 47,
    recvmmsg: 299,
    sendmmsg: 307,
    sendto: 44,
    getsockname: 51,
    getsockopt: 55,
    setsockopt: 54,
    connect: 42,
  },
  arm64: { epoll_create1: 20, epoll_ctl: 21, recvmsg: 212, recvmmsg: 243 },
};
const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
const [ALLOW, ERRNO] = [0x7fff_0000, 0x0005_0000];
/** BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K. */
const [LOAD, EQUALS, RETURN] = [0x20, 0x15, 0x06];

/**
 * `calls`: names of them. `errno`: what each fails with.
 * @throws where this kernel has no such filters
 */
export function refuseCalls(calls, errno) {
  const lines = [[LOAD, 0, 0, 0]];
  for (const call of calls) {
    lines.push([EQUALS, 0, 1, NUMBERS[process.arch][call]], [RETURN, 0, 0, ERRNO | errno]);
  }
  lines.push([RETURN, 0, 0, ALLOW]);
  // struct sock_filter, 8 bytes each; struct sock_fprog.
  const filter = Buffer.allocUnsafeSlow(8 * lines.length);
  for (const [i, [code, ifTrue, ifFalse, k]] of lines.entries()) {
    filter.writeUInt16LE(code, 8 * i);
    filter.writeUInt8(ifTrue, 8 * i + 2);
    filter.writeUInt8(ifFalse, 8 * i + 3);
    filter.writeUInt32LE(k, 8 * i + 4);
  }
  const program = Buffer.allocUnsafeSlow(16).fill(0);
  program.writeUInt16LE(lines.length, 0);
  program.writeBigUInt64LE(BigInt(koffi.address(filter.buffer)), 8);
  const prctl = koffi
    .load(null)
    .func('int prctl(int option, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)');
  const failed =
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, koffi.address(program.buffer), 0, 0) < 0;
  if (failed) throw new Error(`no filter of system calls: errno ${koffi.errno()}`);
}

/** `REFUSE_CALLS=recvmmsg,epoll_wait node --import THIS …`: from the start, with EPERM. */
const { REFUSE_CALLS } = process.env;
if (REFUSE_CALLS !== undefined) refuseCalls(REFUSE_CALLS.split(','), 1);
