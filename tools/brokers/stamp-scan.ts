/**
 * Finds the publishing times in a stream that holds line-json messages, whatever stands between
 * them: `"time":` and 16 digits of µs since the epoch.
 */
const MARK = Buffer.from('"time":');
const DIGITS = 16;
export const STAMP_BYTES: number = MARK.length + DIGITS;

/** Called with each time, µs; returns where the part begins that may hold half a stamp. */
export function scanStamps(
  bytes: Buffer,
  start: number,
  end: number,
  found: (time: number) => void,
): number {
  const view = end === bytes.length ? bytes : bytes.subarray(0, end);
  let at = start;
  for (;;) {
    const mark = view.indexOf(MARK, at);
    if (mark < 0) return Math.max(at, end - MARK.length + 1);
    if (mark + STAMP_BYTES > end) return mark;
    found(numberAt(view, mark + MARK.length));
    at = mark + STAMP_BYTES;
  }
}

/** Two halves of 8 digits, which stay 32-bit integers. */
function numberAt(bytes: Buffer, at: number): number {
  return eightDigits(bytes, at) * 1e8 + eightDigits(bytes, at + 8);
}

function eightDigits(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) value = (value * 10 + (bytes[i] as number) - 0x30) | 0;
  return value;
}
