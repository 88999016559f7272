/** What every statistic asks of its input, and the median. */
import { LabError } from '../errors.js';

/**
 * An array, or a typed one. JavaScript callers have no compiler to tell them. @throws
 * LAB_ERR_BAD_VALUE
 */
export function checkArray(name: string, values: unknown): void {
  if (Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView)))
    return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${name} is ${shown(values)}, not an array`, {
    hint: 'give an array of numbers',
  });
}

/**
 * @throws LAB_ERR_BAD_VALUE for what is not an array, or one that holds NaN, an infinity or no
 * number: no statistic of it would mean anything
 */
export function checkNumbers(name: string, values: readonly number[]): void {
  checkArray(name, values);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${name}[${wrong}] is ${shown(values[wrong])}`, {
    hint: 'give finite numbers; leave out what was not measured',
  });
}

/** @throws LAB_ERR_BAD_VALUE as `checkNumbers`, and for an empty sample */
export function checkSample(name: string, values: readonly number[]): void {
  checkNumbers(name, values);
  if (values.length > 0) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${name} is an empty sample`, {
    hint: 'give at least one value',
  });
}

/** @throws LAB_ERR_BAD_VALUE for what is not a number between 0 and 1, or one of the two itself */
export function checkShare(name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${name} is ${shown(value)}`, {
    hint: 'give a number above 0 and below 1',
  });
}

/** @throws LAB_ERR_BAD_VALUE for what is not a whole number in the range */
export function checkWhole(name: string, value: unknown, min: number, max: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${name} is ${shown(value)}`, {
    hint: `give a whole number from ${min} to ${max}`,
  });
}

/** Any value as a message shows it: short, and a text told from a number. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : plain(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function plain(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' || typeof value === 'function'
    ? `of type ${typeof value}`
    : String(value);
}

/**
 * The middle value, or the mean of the two middle ones. @throws LAB_ERR_BAD_VALUE when empty or not
 * finite
 */
export function median(values: readonly number[]): number {
  checkSample('the sample', values);
  return medianOfSorted(Float64Array.from(values).sort());
}

/** The same for values in ascending order, at least one of them. */
export function medianOfSorted(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  const high = sorted[middle]!;
  return sorted.length % 2 === 1 ? high : midpoint(sorted[middle - 1]!, high);
}

/** Exact for equal ends, and without overflow for large ones. */
function midpoint(low: number, high: number): number {
  return low === high ? low : low / 2 + high / 2;
}
