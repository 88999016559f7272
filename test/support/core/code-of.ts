import { LabError } from '../../../src/errors.js';

/**
 * The LAB_ERR_* code that `action` throws; 'nothing' when it does not throw. Anything but a
 * LabError is thrown on.
 */
export function codeOf(action: () => unknown): string {
  try {
    action();
    return 'nothing';
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
}
