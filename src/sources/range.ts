import { LabError } from '../errors.js';

/** Named as the flag that sets it. @throws LAB_ERR_BAD_VALUE */
export function inRange(
  name: string,
  flag: string,
  value: number,
  least: number,
  most: number,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${flag} ${value} is out of range`, {
    hint: `${name} is an integer from ${least} to ${most}`,
  });
}
