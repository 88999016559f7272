import type { Welcome } from '../message.js';
import { overflowPolicy } from './policy.js';

interface Granted {
  readonly requested: string;
  readonly granted: string;
}

/**
 * A subscriber's half: tells when the policy that a server granted is not the one asked for, and
 * again if it changes.
 */
export class GrantedPolicy {
  readonly #requested: string | undefined;
  #told: string | undefined;

  constructor(requested: string | undefined) {
    this.#requested = requested;
  }

  /** Undefined when there is nothing to tell. */
  compare({ policy: granted }: Welcome): Granted | undefined {
    const requested = this.#requested;
    if (requested === undefined || granted === undefined || granted === this.#told)
      return undefined;
    this.#told = granted;
    return canonical(requested) === granted ? undefined : { requested, granted };
  }
}

/** As a server would write it; a policy of a later release is known to the server alone. */
function canonical(policy: string): string {
  try {
    return overflowPolicy(policy).text;
  } catch {
    return policy;
  }
}
