import type { LabError } from '../../src/errors.js';
import type { CellRecord } from '../cell-record.js';
import type { CellPlan } from '../config.js';
import { unavailable } from '../probe/round-trip.js';
import { SecondsMerger } from '../record/seconds.js';
import type { CellContext } from './cell-context.js';
import { NOTHING_KNOWN } from './target.js';

/** What is known of a cell that did not even begin. */
export function failedCell(
  plan: CellPlan,
  context: Omit<CellContext, 'link'>,
  failure: LabError,
): CellRecord {
  const reason = 'the cell failed before its window';
  const probe = { host: context.config.host, size_bytes: context.pingSizeBytes };
  return {
    plan,
    window: null,
    joined: 0,
    joinFailures: [],
    receiver: context.receiver,
    link: null,
    server:
      plan.kind === 'local'
        ? { kind: 'local', sendBufferBytes: null, sender: null, congestionControl: null }
        : { kind: 'target', url: plan.target.url, ...NOTHING_KNOWN },
    servers: [],
    subscribers: [],
    seconds: new SecondsMerger(0),
    ping: unavailable(probe, reason, null),
    kernel: null,
    ip: null,
    failure: failure.toJSON(),
    interrupted: false,
  };
}
