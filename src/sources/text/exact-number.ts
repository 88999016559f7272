/**
 * Whether a double keeps a number as it is written. One rule for CSV, NDJSON and stdin: the nearest
 * double, written with as many significant digits as the text has, or with as few as tell it from
 * its neighbours, must read the same. So 0.1, 1e23 and 0.30000000000000004 are kept, whereas
 * 9007199254740993, 1e400, 1e-400 and a decimal of more digits than a double tells apart are not.
 * Whole numbers are often not doubles where they come from and go to: one is kept when JSON writes
 * its double with the same digits, which 2^60 is not, 1152921504606846976, although there is such a
 * double: JSON writes 1152921504606847000.
 */

/** Up to so many significant digits every decimal survives a double. */
const ALWAYS_EXACT_DIGITS = 15;
/** Most digits that `toPrecision` writes. */
const MOST_DIGITS = 100;
/** Below this a double has fewer than its 53 bits. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;

const TOO_MANY = '1'.repeat(MOST_DIGITS + 1);

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * The number that a plain decimal (the grammar of a JSON number) says, undefined for other text and
 * where no double keeps it.
 */
export function parseDecimal(text: string): number | undefined {
  return DECIMAL.test(text) && isExact(text) ? Number(text) : undefined;
}

/** True for text that is spelled as a number, whether or not a double keeps it. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** `text` must be spelled as a JSON number. */
export function isExact(text: string): boolean {
  const number = Math.abs(Number(text));
  if (text.length <= ALWAYS_EXACT_DIGITS && number >= SMALLEST_NORMAL && number < Infinity)
    return true;
  const digits = significant(text);
  if (digits === '') return true;
  if (number === 0 || number === Infinity || digits.length > MOST_DIGITS) return false;
  if (digits.length <= ALWAYS_EXACT_DIGITS && number >= SMALLEST_NORMAL) return true;
  // The shortest text of a double that lies half way between two decimals ends in the even digit;
  // toPrecision rounds it up.
  if (significant(String(number)) === digits) return true;
  return !isWhole(text) && significant(number.toPrecision(digits.length)) === digits;
}

/** Spelled without a point and without an exponent. */
function isWhole(text: string): boolean {
  return /^-?\d+$/.test(text);
}

/**
 * The digits of a number without sign, point, exponent, and zeros in front and behind. Linear: no
 * regular expression.
 */
function significant(text: string): string {
  let digits = '';
  let zeros = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x65 || code === 0x45) break;
    if (code === 0x30) {
      if (digits !== '') zeros += 1;
    } else if (code > 0x30 && code <= 0x39) {
      if (digits.length + zeros > MOST_DIGITS) return TOO_MANY;
      digits += '0'.repeat(zeros) + text[i];
      zeros = 0;
    }
  }
  return digits;
}
