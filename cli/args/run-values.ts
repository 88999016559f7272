/** Values that only flags of `lab run` have: words beside numbers, faults, and policies. Pure. */
import { LIMITS } from '../../bench/config.js';
import type { Injection } from '../../bench/workload/injection.js';
import { backlogLimits, limitsText } from '../../src/core/overload/limits.js';
import {
  benchPolicyNames,
  overflowPolicy,
  POLICY_GRAMMAR,
  policyNames,
  servedPolicy,
} from '../../src/core/overload/policy.js';
import {
  badValue,
  parseDuration,
  parseList,
  parseName,
  parseRate,
} from '../../src/options/values.js';

/** A replay at its own pace. */
export const RECORDED = 'recorded';
/** Until enough is known. */
export const AUTO = 'auto';

const rates = { min: LIMITS.slowestPerSecond, max: LIMITS.ratePerSecond };
const injectedDelays = { min: 1, max: 10_000 };

/** Messages/s; null = as recorded. @throws LAB_ERR_BAD_VALUE */
export function parseRates(flag: string, text: string): number[] | null {
  if (text === RECORDED) return null;
  return parseList(flag, text, (part) => {
    if (part !== RECORDED) return parseRate(flag, part, rates);
    throw badValue(
      flag,
      text,
      'mixes "recorded" with rates',
      'give --rate recorded alone, or rates only',
    );
  });
}

/** @throws LAB_ERR_BAD_VALUE */
export function parseInjection(flag: string, text: string): Injection {
  const [, delay] = /^delay=(.*)$/.exec(text) ?? [];
  if (delay !== undefined) return { delayMs: parseDuration(flag, delay, injectedDelays) };
  throw badValue(flag, text, 'is not a fault that can be injected', 'write --inject delay=30ms');
}

export const POLICY_ABOUT = `when a subscriber falls behind: ${policyNames().join(', ')}; ${POLICY_GRAMMAR}`;
export const BENCH_POLICY_ABOUT = `${POLICY_ABOUT}; block: the feed waits (tcp, ws)`;

/**
 * The one text of an overload policy that a server has for strangers.
 * @throws LAB_ERR_UNKNOWN_POLICY, LAB_ERR_BAD_VALUE
 */
export function parsePolicy(flag: string, text: string): string {
  return policyText(flag, text, policyNames(), servedPolicy);
}

/**
 * The same for a measurement, which has `block` as well.
 * @throws LAB_ERR_UNKNOWN_POLICY, LAB_ERR_BAD_VALUE
 */
export function parseBenchPolicy(flag: string, text: string): string {
  return policyText(flag, text, benchPolicyNames(), overflowPolicy);
}

function policyText(
  flag: string,
  text: string,
  names: readonly string[],
  read: typeof overflowPolicy,
): string {
  const [name = ''] = text.split(/[/=]/);
  // One that is only not for here is no misspelling.
  if (!benchPolicyNames().includes(name)) parseName(flag, name, names, 'LAB_ERR_UNKNOWN_POLICY');
  return read(text, flag).text;
}

/** The one text of the cap of a server. @throws LAB_ERR_BAD_VALUE */
export function parseMaxBacklog(flag: string, text: string): string {
  return limitsText(backlogLimits(text, flag));
}
