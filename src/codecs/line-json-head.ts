/**
 * The head of a canonical line, `{"seq":<digits>,"time":<digits>,"key":"`, read by hand: no string,
 * no object. This is the hot path of every subscriber, hence bytes compared one by one: half the
 * time of a loop over a constant.
 */

export const NOT_CANONICAL = -1;

/**
 * What `readHead` found last, and `readInteger`. Fields that begin as NaN are kept by V8 as doubles
 * in place: writing a time above 2^31 into them allocates nothing, whereas a variable of the module
 * would get a new heap number each time, and so would a returned number wherever the compiler does
 * not inline the call.
 */
export const head = { seq: Number.NaN, time: Number.NaN, integer: Number.NaN };

/** `{"seq":0,"time":0,"key":"` */
const SHORTEST_HEAD = 25;
/** Weight of the first eight digits of a number of 8 + i digits. */
const POWERS_OF_TEN = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/**
 * Reads the head at `start` into `head` and returns the offset of the key's first character, or
 * NOT_CANONICAL (then `head` means nothing): another form, seq 0, leading zeros, a number above
 * 2^53 − 1, or a line that ends before.
 */
export function readHead(bytes: Buffer, start: number, end: number): number {
  if (end - start < SHORTEST_HEAD || !isSeq(bytes, start)) return NOT_CANONICAL;
  const timeAt = readInteger(bytes, start + 7, end);
  head.seq = head.integer;
  if (end - timeAt < 17 || !isTime(bytes, timeAt)) return NOT_CANONICAL;
  const keyAt = readInteger(bytes, timeAt + 8, end);
  head.time = head.integer;
  if (end - keyAt < 8 || !isKey(bytes, keyAt)) return NOT_CANONICAL;
  return head.seq >= 1 && head.time >= 0 ? keyAt + 8 : NOT_CANONICAL;
}

/**
 * Puts the decimal integer at `at` into head.integer and returns the offset of the first byte that
 * is not a digit; −1 is put there when there is none, it begins with a needless 0, or is above 2^53
 * − 1.
 */
function readInteger(bytes: Buffer, at: number, end: number): number {
  let next = at;
  // Two halves of at most 8 digits stay 32-bit integers, several times quicker than 16 steps in
  // doubles.
  const split = Math.min(at + 8, end);
  let high = 0;
  let digit = 0;
  for (; next < split; next++) {
    digit = bytes[next]! - 0x30;
    if (digit < 0 || digit > 9) break;
    high = (high * 10 + digit) | 0;
  }
  head.integer = high;
  if (next === at + 8) {
    const stop = Math.min(at + 17, end);
    let low = 0;
    for (; next < stop; next++) {
      digit = bytes[next]! - 0x30;
      if (digit < 0 || digit > 9) break;
      low = (low * 10 + digit) | 0;
    }
    // A 17th digit: above 2^53 − 1 in any case, and the 32 bits may have overflowed.
    head.integer = next - at > 16 ? -1 : high * POWERS_OF_TEN[next - at - 8]! + low;
  }
  const needlessZero = bytes[at] === 0x30 && next - at > 1;
  if (next === at || needlessZero || head.integer > Number.MAX_SAFE_INTEGER) head.integer = -1;
  return next;
}

/** `{"seq":` */
function isSeq(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x7b &&
    bytes[at + 1] === 0x22 &&
    bytes[at + 2] === 0x73 &&
    bytes[at + 3] === 0x65 &&
    bytes[at + 4] === 0x71 &&
    bytes[at + 5] === 0x22 &&
    bytes[at + 6] === 0x3a
  );
}

/** `,"time":` */
function isTime(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x2c &&
    bytes[at + 1] === 0x22 &&
    bytes[at + 2] === 0x74 &&
    bytes[at + 3] === 0x69 &&
    bytes[at + 4] === 0x6d &&
    bytes[at + 5] === 0x65 &&
    bytes[at + 6] === 0x22 &&
    bytes[at + 7] === 0x3a
  );
}

/** `,"key":"` */
function isKey(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x2c &&
    bytes[at + 1] === 0x22 &&
    bytes[at + 2] === 0x6b &&
    bytes[at + 3] === 0x65 &&
    bytes[at + 4] === 0x79 &&
    bytes[at + 5] === 0x22 &&
    bytes[at + 6] === 0x3a &&
    bytes[at + 7] === 0x22
  );
}
