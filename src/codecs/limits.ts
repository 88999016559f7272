import { LabError } from '../errors.js';
import type { CodecOptions } from './codec.js';

const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
/**
 * A message is turned into one string or buffer; V8 holds no string above about 2^29 characters.
 */
const HIGHEST_MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/**
 * The effective limit in bytes. @throws LAB_ERR_BAD_VALUE unless it is an integer from 1 to 256 MiB
 */
export function maxMessageBytesOf(options: CodecOptions): number {
  const limit = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  if (!Number.isInteger(limit) || limit < 1 || limit > HIGHEST_MAX_MESSAGE_BYTES) {
    throw new LabError(
      'LAB_ERR_BAD_VALUE',
      `maxMessageBytes must be an integer from 1 to ${HIGHEST_MAX_MESSAGE_BYTES}, not ${String(limit)}`,
      { hint: `Leave it out for the default of ${DEFAULT_MAX_MESSAGE_BYTES} bytes.` },
    );
  }
  return limit;
}

/**
 * LAB_ERR_MESSAGE_TOO_LARGE. `bytes` is how long the message is, or, while incomplete, at least
 * will be.
 */
export function tooLarge(codec: string, bytes: number, limit: number): LabError {
  return new LabError(
    'LAB_ERR_MESSAGE_TOO_LARGE',
    `${codec}: a message of ${bytes} bytes or more is above maxMessageBytes (${limit})`,
    { hint: 'Publish smaller messages (`sizeBytes`), or raise maxMessageBytes at both ends.' },
  );
}

/** Of what a stranger wrote, so much is quoted. */
const MAX_PROBLEM = 200;

/** LAB_ERR_MALFORMED: the bytes are not an item of this codec. */
export function malformed(codec: string, problem: string, cause?: unknown): LabError {
  const shown = problem.length > MAX_PROBLEM ? `${problem.slice(0, MAX_PROBLEM)}…` : problem;
  return new LabError('LAB_ERR_MALFORMED', `${codec}: ${shown}`, {
    hint: 'The peer uses another codec or the bytes were damaged: check that both ends use the same `codec`.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** LAB_ERR_MESSAGE_INVALID: the publisher's message is outside what any codec carries. */
export function invalid(problem: string): LabError {
  return new LabError('LAB_ERR_MESSAGE_INVALID', problem, {
    hint: 'A message is {seq ≥ 1, time ≥ 0 in µs, key: text, value: a JSON value or a Uint8Array}.',
  });
}
