import type { Redundancy } from '../redundancy.js';
import { CopyReceiver } from './copy-receiver.js';
import { ParityReceiver, type ParityReceiverParts } from './parity-receiver.js';
import type { RedundantReceiver } from './redundant-receiver.js';

/** The client's half of it; undefined where there is none. */
export function newReceiver(
  redundancy: Redundancy,
  parts: ParityReceiverParts,
): RedundantReceiver | undefined {
  if (redundancy === 'fec') return new ParityReceiver(parts);
  return redundancy === 'copy' ? new CopyReceiver(parts) : undefined;
}
