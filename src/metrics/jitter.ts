import { LabError } from '../errors.js';
import { checkNumbers } from '../stats/sample.js';

/**
 * Interarrival jitter of RFC 3550 §6.4.1 and A.8, in the unit of the input (µs):
 *
 *     D = (R_j − S_j) − (R_i − S_i)      i the packet that arrived before j
 *     J += (|D| − J) / 16
 *
 * Both arrays are in **arrival order**, a packet at the same index in both. The clocks of sender
 * and receiver need not agree: a constant offset cancels. The RFC's integer rounding, a saving of
 * 1996, is left out.
 *
 * @returns J after each packet but the first, which has no predecessor: one value fewer than
 * packets, none for none or one
 * @throws LAB_ERR_BAD_VALUE when the arrays differ in length or hold a value that is not finite
 */
export function rfc3550Jitter(sentUs: readonly number[], receivedUs: readonly number[]): number[] {
  checkNumbers('sentUs', sentUs);
  checkNumbers('receivedUs', receivedUs);
  if (sentUs.length !== receivedUs.length) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `sentUs has ${sentUs.length} values and receivedUs ${receivedUs.length}`,
      { hint: 'give both times of every packet received, in arrival order' },
    );
  }
  const transits = Array.from(receivedUs, (received, i) => received - sentUs[i]!);
  let jitter = 0;
  const jitters = transits.slice(1).map((transit, i) => {
    jitter += (Math.abs(transit - transits[i]!) - jitter) / 16;
    return jitter;
  });
  if (Number.isFinite(jitter)) return jitters;
  throw new LabError('LAB_ERR_BAD_VALUE', 'the times differ by more than a number can hold', {
    hint: 'give microseconds, such as Date.now() * 1000',
  });
}
