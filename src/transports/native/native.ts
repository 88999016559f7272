import { endianness } from 'node:os';
import { LabError } from '../../errors.js';

/** What sending in batches needs from outside JavaScript; a test gives one that fails at will. */
export interface Native {
  /**
   * Where the bytes of a buffer are. They never move, but whoever uses the address keeps a
   * reference to the buffer.
   */
  addressOf(buffer: ArrayBufferLike): number;
  /**
   * sendmmsg(2) of `count` structs mmsghdr at an address, never blocking: how many were sent, or
   * minus errno if not even the first.
   */
  sendmmsg(fd: number, messages: number, count: number): number;
}

/** errno(3), Linux: the same numbers on every architecture supported here. */
export const ERRNO = { EINTR: 4, EAGAIN: 11, ENOBUFS: 105 } as const;

const MSG_DONTWAIT = 0x40;
/** 64-bit, little-endian, and tried. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

let loaded: Promise<Native> | undefined;

/**
 * Loads `sendmmsg` of the C library through koffi, an optional dependency, once.
 * @throws LAB_ERR_UDP_SENDER with the reason why it cannot be
 */
export function loadNative(): Promise<Native> {
  loaded ??= load();
  return loaded;
}

/** The error of a sender that was asked for and cannot be. */
export function unavailable(reason: string, cause?: unknown): LabError {
  return new LabError('LAB_ERR_UDP_SENDER', `udpSender sendmmsg cannot be used here: ${reason}`, {
    cause,
    option: 'udpSender',
    value: 'sendmmsg',
    hint: "use `udpSender: 'auto'` (the best there is) or dgram",
  });
}

async function load(): Promise<Native> {
  const koffi = await loadKoffi();
  try {
    const call = koffi
      .load(null)
      .func('int sendmmsg(int fd, uintptr_t messages, unsigned int count, int flags)');
    return {
      addressOf: addresses(koffi),
      sendmmsg: (fd, messages, count) => {
        const sent: number = call(fd, messages, count, MSG_DONTWAIT);
        return sent < 0 ? -koffi.errno() : sent;
      },
    };
  } catch (cause) {
    throw notLoading(cause);
  }
}

export type Koffi = typeof import('koffi').default;

/**
 * The package that calls C. `load(null)` of it is the process itself: whatever C library Node runs
 * with.
 * @throws LAB_ERR_UDP_SENDER with the reason why it cannot be
 */
export async function loadKoffi(): Promise<Koffi> {
  const { platform, arch } = process;
  if (platform !== 'linux')
    throw unavailable(`it is a system call of Linux, and this is ${platform}`);
  if (!ARCHITECTURES.includes(arch) || endianness() !== 'LE') {
    throw unavailable(`it is known on ${ARCHITECTURES.join(' and ')} only, and this is ${arch}`);
  }
  try {
    return (await import('koffi')).default;
  } catch (cause) {
    throw notLoading(cause);
  }
}

/**
 * Addresses are below 2^47 (x86_64) and 2^48 (AArch64) unless asked for otherwise: exact as a
 * number.
 */
export function addresses(koffi: Koffi): Native['addressOf'] {
  return (buffer) => Number(koffi.address(buffer));
}

function notLoading(cause: unknown): LabError {
  return unavailable(`the optional package koffi does not load (${firstLine(cause)})`, cause);
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] as string;
}
