import { endianness } from 'node:os';
import { hintBeside, LabError } from '../errors.js';

export type Koffi = typeof import('koffi').default;

/** 64-bit, little-endian, and tried. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * What `bind` makes of the optional package that calls C: calls of the C library.
 * @throws LAB_ERR_NATIVE with the reason why it cannot be
 */
export async function bindCalls<T>(bind: (koffi: Koffi) => T): Promise<T> {
  const { platform, arch } = process;
  if (platform !== 'linux') throw unavailable(`they are those of Linux, and this is ${platform}`);
  if (!ARCHITECTURES.includes(arch) || endianness() !== 'LE')
    throw unavailable(`they are known on ${ARCHITECTURES.join(' and ')} only, and this is ${arch}`);
  try {
    return bind((await import('koffi')).default);
  } catch (cause) {
    throw unavailable(`the optional package koffi cannot be used (${firstLine(cause)})`, cause);
  }
}

const MISSING = 'Linux on x64 or arm64 with the optional package koffi can: npm ci installs it';
const REFUSED =
  "an old kernel or a filter of system calls (seccomp, in containers) refuses it: measure elsewhere, or with `receiver: 'node'`";

/** A call of the system was made, and failed. */
function isRefused(cause: unknown): boolean {
  return cause instanceof Error && 'syscall' in cause;
}

/** The error of a native call that was asked for and cannot be made. */
export function unavailable(reason: string, cause?: unknown): LabError {
  return new LabError('LAB_ERR_NATIVE', `system calls cannot be made directly here: ${reason}`, {
    cause,
    hint: hintBeside(cause, isRefused(cause) ? REFUSED : MISSING),
  });
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] as string;
}
