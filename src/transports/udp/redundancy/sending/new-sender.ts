import { DEFAULT_DEADLINE_MS } from '../../../repair.js';
import type { Target } from '../../sending/sender.js';
import { PARITY_FIELDS } from '../parity-packet.js';
import type { Redundancy, RedundantContext, RedundantSender } from '../redundancy.js';
import { CopySender } from './copy-sender.js';
import { ParitySender } from './parity-sender.js';
import { SharedCopies } from './shared-copies.js';
import { SharedParities } from './shared-parities.js';

/** What the subscribers of one server share of redundancy. */
export class SharedRedundancy {
  readonly parities = new SharedParities();
  readonly copies: SharedCopies;

  constructor(broadcast: RedundantContext['broadcast']) {
    this.copies = new SharedCopies(broadcast);
  }

  /** Nobody needs it any more. */
  release(): void {
    this.parities.release();
    this.copies.release();
  }
}

/** The server's half of it for one subscriber; undefined where there is none. */
export function newSender(
  redundancy: Redundancy,
  context: RedundantContext,
  target: Target,
  shared: SharedRedundancy,
  deadlineMs: number,
): RedundantSender | undefined {
  const deadline = deadlineMs > 0 ? deadlineMs : DEFAULT_DEADLINE_MS;
  if (redundancy === 'fec') return new ParitySender(context, target, shared.parities, deadline);
  return redundancy === 'copy'
    ? new CopySender(context, target, shared.copies, deadline)
    : undefined;
}

/** Bytes by which datagrams are to be shorter, so that what is sent beside them is not too long. */
export function reservedBytes(redundancy: Redundancy): number {
  return redundancy === 'fec' ? PARITY_FIELDS : 0;
}
