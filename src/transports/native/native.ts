import { LabError } from '../../errors.js';
import { type Libc, loadLibc } from './libc.js';

/** What sending in batches needs from outside JavaScript; a test gives one that fails at will. */
export type Native = Pick<Libc, 'addressOf' | 'sendmmsg' | 'setsockopt'>;

/**
 * The calls that a sender in batches makes.
 * @throws LAB_ERR_UDP_SENDER with the reason why it cannot be
 */
export async function loadNative(): Promise<Native> {
  try {
    return await loadLibc();
  } catch (cause) {
    throw unavailable(LabError.from(cause, 'LAB_ERR_NATIVE').message, cause);
  }
}

/** The error of a sender that was asked for and cannot be. */
export function unavailable(reason: string, cause?: unknown, sender = 'sendmmsg'): LabError {
  return new LabError('LAB_ERR_UDP_SENDER', `udpSender ${sender} cannot be used here: ${reason}`, {
    cause,
    option: 'udpSender',
    value: sender,
    hint: "use `udpSender: 'auto'` (the best there is) or dgram",
  });
}
