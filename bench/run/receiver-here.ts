import { systemClock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import { openNativeSockets } from '../../src/transports/native/client/native-sockets.js';
import type { ReceiverChoice } from '../config.js';

/**
 * What moves the bytes of the subscribers on this machine.
 * @throws LAB_ERR_NATIVE when that is asked for and cannot be
 */
export async function receiverHere(choice: ReceiverChoice): Promise<ClientSockets['name']> {
  if (choice === 'node') return 'node';
  try {
    (await openNativeSockets(systemClock())).close();
    return 'native';
  } catch (error) {
    const cannot = error instanceof LabError && error.code === 'LAB_ERR_NATIVE';
    if (choice === 'native' || !cannot) throw error;
    return 'node';
  }
}
