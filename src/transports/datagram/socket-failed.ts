import { type ErrorCode, hintBeside, LabError } from '../../errors.js';

/** Why a subscription is over, or does not begin, whose socket cannot be read any more. */
export function socketFailed(code: ErrorCode, cause: Error): LabError {
  return new LabError(code, `a UDP socket cannot be read any more: ${cause.message}`, {
    cause,
    hint: hintBeside(cause, 'this machine is at fault, and not the server: look at its memory'),
  });
}
