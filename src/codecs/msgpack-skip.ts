/**
 * Where a MessagePack value ends, without reading it (formats:
 * https://github.com/msgpack/msgpack/blob/master/spec.md). One loop and a count of values still
 * owed: no recursion, so no nesting can exhaust the stack.
 */
import { malformed, tooLarge } from './limits.js';

export const PARTIAL = -1;

/**
 * Whole length of the formats 0xc0–0xdf that have a fixed one; 0 for those that carry a length, and
 * for those refused.
 */
const FIXED_LENGTH = Uint8Array.from([
  1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/**
 * Offset after the value at `at`, or PARTIAL when it goes on past `end`. `start` is where the whole
 * message begins, which may not become longer than `limit` bytes.
 * @throws LAB_ERR_MALFORMED for 0xc1 and extensions, which stand for no JSON value;
 * LAB_ERR_MESSAGE_TOO_LARGE as soon as a length is known that leads above `limit`
 */
export function skipValue(
  bytes: Buffer,
  at: number,
  end: number,
  start: number,
  limit: number,
): number {
  let next = at;
  for (let owed = 1; owed > 0; ) {
    // Each value owed takes at least one byte, so a header that promises too many is refused when
    // it is read.
    if (next + owed - start > limit) throw tooLarge('msgpack', next + owed - start, limit);
    if (next >= end) return PARTIAL;
    const format = bytes[next]!;
    owed--;
    if (format < 0x80 || format >= 0xe0) next += 1;
    else if (format >= 0xa0 && format < 0xc0) next += 1 + (format & 0x1f);
    else if (format < 0x90) {
      next += 1;
      owed += (format & 0x0f) * 2;
    } else if (format < 0xa0) {
      next += 1;
      owed += format & 0x0f;
    } else if (FIXED_LENGTH[format - 0xc0]! > 0) next += FIXED_LENGTH[format - 0xc0]!;
    else {
      const width = widthOfLength(format);
      if (next + 1 + width > end) return PARTIAL;
      const length = bytes.readUIntBE(next + 1, width);
      next += 1 + width;
      if (format >= 0xde) owed += length * 2;
      else if (format >= 0xdc) owed += length;
      else next += length;
    }
  }
  if (next - start > limit) throw tooLarge('msgpack', next - start, limit);
  return next <= end ? next : PARTIAL;
}

/** Bytes of the big-endian length that follows the format byte of bin, str, array and map. */
function widthOfLength(format: number): 1 | 2 | 4 {
  switch (format) {
    case 0xc4:
    case 0xd9:
      return 1;
    case 0xc5:
    case 0xda:
    case 0xdc:
    case 0xde:
      return 2;
    case 0xc6:
    case 0xdb:
    case 0xdd:
    case 0xdf:
      return 4;
    default:
      throw malformed(
        'msgpack',
        `0x${format.toString(16)} (an extension, or never used) is not a JSON value`,
      );
  }
}
