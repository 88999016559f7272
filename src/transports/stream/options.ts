/** Options of every transport over a TCP connection. */
import { leaf, timerMs, whole } from '../../core/options.js';
import { durationOption } from '../../options/kinds.js';
import type { OptionTable } from '../../options/option.js';
import { DEFAULT_STALL_MS } from '../server/liveness.js';
import { WaitingQuota } from '../waiting-quota.js';

export const STREAM_OPTIONS: OptionTable = [
  durationOption(
    {
      name: 'stallMs',
      side: 'listen',
      flag: '--stall-timeout <time>',
      help: 'a client that takes nothing of what is queued for it for this long is ended (tcp, ws)',
      commands: ['serve'],
      section: 'clients',
      default: DEFAULT_STALL_MS,
      schema: timerMs(),
    },
    { min: 1_000, max: 3_600_000 },
  ),
  // 0: at once.
  { name: 'graceMs', side: 'listen', schema: timerMs(0) },
  { name: 'maxQueuedBytes', side: 'listen', schema: whole(1, 1024 ** 3) },
  { name: 'handshakeTimeoutMs', side: 'listen', schema: timerMs() },
  { name: 'maxWaiting', side: 'listen', schema: whole(1, 10_000_000) },
  {
    name: 'waitingQuota',
    side: 'listen',
    schema: leaf((value) => value instanceof WaitingQuota, 'give a WaitingQuota'),
  },
];
