import { LabError } from '../../errors.js';
import { Attempt } from '../client/attempt.js';
import type { Endpoint } from '../endpoint.js';
import { authorityOf } from '../endpoint.js';
import type { ConnectOptions } from '../transport.js';
import type { StreamSubscription } from './client.js';

/** Waits between the attempts of a client whose request came too late. */
const AGAIN_AFTER_MS = [200, 600, 1_800] as const;

/**
 * Opens a subscription and waits for its welcome. Once more when its request came too late: a lost
 * packet or a busy process is enough for that, and the next one mostly comes in time.
 */
export function welcomed<S extends StreamSubscription>(
  endpoint: Endpoint,
  options: ConnectOptions,
  open: (attempt: Attempt) => S,
): Promise<S> {
  const timedOut = (waitsFor: string, timeoutMs: number): LabError =>
    new LabError(
      'LAB_ERR_CONNECT_TIMEOUT',
      `${authorityOf(endpoint)} sent no ${waitsFor} within ${timeoutMs} ms`,
      {
        hint: 'is this a lab server, and is it reachable?',
      },
    );
  return Attempt.run(options, timedOut, async (attempt) => {
    for (let tooLate = 0; ; tooLate++) {
      const client = opened(() => open(attempt));
      try {
        await client.welcomed;
        return client;
      } catch (error) {
        const wait = AGAIN_AFTER_MS[tooLate];
        if (!client.requestTooLate || wait === undefined) throw error;
        await attempt.sleep(wait);
      }
    }
  });
}

function opened<S>(open: () => S): S {
  try {
    return open();
  } catch (cause) {
    // Node throws at once for a port that is none.
    throw LabError.from(cause, 'LAB_ERR_CONNECT');
  }
}
