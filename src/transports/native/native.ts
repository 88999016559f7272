import { LabError } from '../../errors.js';
import { ERRNO, type Libc, loadLibc } from '../../native/libc.js';
import { systemError } from './socket-calls.js';

/** What sending in batches needs from outside JavaScript; a test gives one that fails at will. */
export type Native = Pick<Libc, 'addressOf' | 'sendmmsg' | 'setsockopt'>;

/**
 * The calls that a sender in batches makes.
 * @throws LAB_ERR_UDP_SENDER with the reason why it cannot be
 */
export async function loadNative(): Promise<Native> {
  let libc: Libc;
  try {
    libc = await loadLibc();
  } catch (cause) {
    throw unavailable(LabError.from(cause, 'LAB_ERR_NATIVE').message, cause);
  }
  // A filter of system calls may refuse it: later it would be datagrams that nobody is sent.
  const told = libc.sendmmsg(-1, 0, 0);
  if (told < 0 && told !== -ERRNO.EBADF)
    throw unavailable(`it is refused (${systemError(told, 'sendmmsg').message})`);
  return libc;
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
