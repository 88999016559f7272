import { LabError } from '../errors.js';

/** @throws LAB_ERR_BAD_VALUE */
export function inRange(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new LabError('LAB_ERR_BAD_VALUE', `${option} ${value} is out of range`, {
    option,
    value: String(value),
    hint: `use an integer from ${least} to ${most}`,
  });
}
