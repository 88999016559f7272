/** Control data of recvmsg(2): a row of cmsg(3), each a header and its data. Pure. */
import { readI32, readU32 } from '../../core/words.js';
import { CMSGHDR, TIMESPEC } from '../../native/layout.js';
import { SO, SOL_SOCKET } from './socket-calls.js';

const TWO_32 = 2 ** 32;

/**
 * Where in `memory` the data of the control message of this kind begins, of those from `at` up to
 * `end` (exclusive); −1 = there is none.
 */
export function findControl(
  memory: Buffer,
  at: number,
  end: number,
  level: number,
  type: number,
): number {
  for (let next = at; next + CMSGHDR.size <= end; ) {
    const length = readU32(memory, next);
    if (readI32(memory, next + CMSGHDR.level) === level) {
      if (readI32(memory, next + CMSGHDR.type) === type) return next + CMSGHDR.size;
    }
    if (length < CMSGHDR.size) break;
    next += Math.ceil(length / 8) * 8;
  }
  return -1;
}

/**
 * When the kernel had the last of the bytes (SO_TIMESTAMPNS, option and message of one number): µs
 * of CLOCK_REALTIME, 0 = not told.
 */
export function stampMicros(memory: Buffer, from: number, end: number): number {
  const at = findControl(memory, from, end, SOL_SOCKET, SO.timestampns);
  if (at < 0) return 0;
  const seconds = readU32(memory, at) + readU32(memory, at + 4) * TWO_32;
  return seconds * 1e6 + readU32(memory, at + TIMESPEC.nanos) / 1e3;
}
