/** What every statistic asks of its input, and the median. */
import { LabError } from '../errors.js';

/** @throws LAB_ERR_BAD_VALUE when `values` is empty or holds NaN or an infinity: no statistic of it would mean anything */
export function checkSample(name: string, values: readonly number[]): void {
  if (values.length === 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `${name} is an empty sample`, {
      hint: 'give at least one value',
    });
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new LabError('LAB_ERR_BAD_VALUE', `${name}[${wrong}] is ${values[wrong]}`, {
      hint: 'give finite numbers; leave out what was not measured',
    });
  }
}

/** The middle value, or the mean of the two middle ones. @throws LAB_ERR_BAD_VALUE when empty or not finite */
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
