import { LabError } from '../errors.js';
import type { EncodedLog } from './log/encoded-log.js';

/**
 * What happens to a subscriber that the log has overtaken: one rule for moving a cursor. The policy
 * is asked only when the cursor points before the oldest retained message; what it skips is counted
 * and told to the subscriber.
 */
export interface OverflowPolicy {
  readonly name: string;
  /**
   * Position to go on from (at least `log.first`), or −1 to end the subscription with
   * LAB_ERR_LAGGED.
   */
  resume(log: EncodedLog, position: number): number;
}

/** Go on at the oldest message still retained: the smallest possible loss. */
const dropOldest: OverflowPolicy = { name: 'drop-oldest', resume: (log) => log.first };

/** End the subscription: the subscriber would rather reconnect than miss a message unawares. */
const disconnect: OverflowPolicy = { name: 'disconnect', resume: () => -1 };

const POLICIES: ReadonlyMap<string, OverflowPolicy> = new Map(
  [dropOldest, disconnect].map((policy) => [policy.name, policy]),
);

export const DEFAULT_POLICY = 'drop-oldest';

export function policyNames(): string[] {
  return [...POLICIES.keys()];
}

/** @throws LAB_ERR_UNKNOWN_POLICY */
export function overflowPolicy(name: string): OverflowPolicy {
  const policy = POLICIES.get(name);
  if (policy === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_POLICY', `unknown overload policy '${name}'`, {
      hint: `choose one of: ${policyNames().join(', ')}`,
    });
  }
  return policy;
}
