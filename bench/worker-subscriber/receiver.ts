import type { Clock } from '../../src/core/clock.js';
import { LabError } from '../../src/errors.js';
import type { ClientSockets } from '../../src/transports/client-sockets.js';
import { openNativeSockets } from '../../src/transports/native/client/native-sockets.js';
import { NODE_SOCKETS } from '../../src/transports/node/node-sockets.js';
import type { ReceiverChoice } from '../config.js';

/**
 * What moves the bytes of the subscribers of this process.
 * @throws LAB_ERR_NATIVE when that is asked for and cannot be
 */
export async function openReceiver(choice: ReceiverChoice, clock: Clock): Promise<ClientSockets> {
  if (choice === 'node') return NODE_SOCKETS;
  try {
    return await openNativeSockets(clock);
  } catch (error) {
    const cannot = error instanceof LabError && error.code === 'LAB_ERR_NATIVE';
    if (choice === 'native' || !cannot) throw error;
    return NODE_SOCKETS;
  }
}
