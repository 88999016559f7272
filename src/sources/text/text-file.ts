/** Text of a file that people write or copy: UTF-8, with or without a byte order mark. */

/** Byte order marks by the encoding that they tell, longer ones first. */
const MARKS: readonly { readonly encoding: string; readonly bytes: readonly number[] }[] = [
  { encoding: 'UTF-32', bytes: [0xff, 0xfe, 0, 0] },
  { encoding: 'UTF-32', bytes: [0, 0, 0xfe, 0xff] },
  { encoding: 'UTF-16', bytes: [0xff, 0xfe] },
  { encoding: 'UTF-16', bytes: [0xfe, 0xff] },
];
/** So many bytes tell UTF-16 without a mark: every other one is 0 as long as the text is Latin. */
const LOOKED_AT = 64;

/**
 * The text of `bytes`, without its byte order mark.
 * @throws an Error whose message says what it is instead of UTF-8: UTF-16, as some editors and
 * shells write, or nothing known
 */
export function decodeText(bytes: Buffer): string {
  const encoding = otherEncoding(bytes);
  if (encoding !== null) throw new Error(`it is ${encoding}, not UTF-8: save it as UTF-8`);
  try {
    // The decoder takes the mark of UTF-8 away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8 text', { cause });
  }
}

/** The encoding that these bytes are in, where that is known and not UTF-8. */
export function otherEncoding(bytes: Buffer): string | null {
  const mark = MARKS.find((one) => one.bytes.every((byte, i) => bytes[i] === byte));
  if (mark !== undefined) return mark.encoding;
  const start = bytes.subarray(0, LOOKED_AT & ~1);
  const zeros = [0, 1].map(
    (parity) => start.filter((byte, i) => i % 2 === parity && byte === 0).length,
  );
  const half = start.length / 2;
  return start.length >= 2 && zeros.some((count) => count > half / 2) && zeros.includes(0)
    ? 'UTF-16'
    : null;
}
