import type { ServerCounters } from '../../../src/transports/transport.js';

/** All zero. */
export function serverCounters(): ServerCounters {
  return {
    accepted: 0,
    refused: 0,
    ended: 0,
    sends: 0,
    sendBytes: 0,
    sentMessages: 0,
    sendErrorMessages: 0,
    droppedMessages: 0,
    malformed: 0,
  };
}
