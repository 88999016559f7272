/** The worker's end of the IPC channel. */
import { LabError, type SerializedLabError } from '../../src/errors.js';
import { leaveStopSignals } from './stop-signals.js';

/**
 * Serves messages from the coordinator with `handle`. An error becomes an `error` message. A worker
 * outlives its coordinator by nothing but what `atEnd` does, and leaves every stop signal to it.
 */
export function serveChannel<In extends { readonly type: string }>(
  handle: (message: In) => Promise<void> | void,
  atEnd: () => void = () => {},
): void {
  leaveStopSignals();
  process.on('disconnect', () => {
    atEnd();
    process.exit(0);
  });
  process.on('message', (message: In) => {
    Promise.resolve()
      .then(() => handle(message))
      .catch(sendError);
  });
}

/**
 * Sends to the coordinator; a coordinator that is gone needs no answer. `done`: the message is on
 * its way.
 */
export function send<Out extends { readonly type: string }>(
  message: Out,
  done: () => void = () => {},
): void {
  if (process.connected) process.send?.(message, undefined, undefined, done);
}

export function sendError(error: unknown): void {
  const failure: { type: 'error'; error: SerializedLabError } = {
    type: 'error',
    error: LabError.from(error).toJSON(),
  };
  send(failure);
  // The coordinator sees one sentence; the stack is for whoever looks at the worker's stderr.
  if (error instanceof Error && !(error instanceof LabError)) console.error(error.stack);
}
