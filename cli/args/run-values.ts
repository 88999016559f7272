/** Values that only flags of `lab run` have: words beside numbers, faults, and policies. Pure. */
import { LIMITS } from '../../bench/config.js';
import type { Injection } from '../../bench/workload/injection.js';
import { overflowPolicy, POLICY_GRAMMAR, policyNames } from '../../src/core/overload/policy.js';
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

/**
 * The one text of an overload policy.
 * @throws LAB_ERR_UNKNOWN_POLICY, LAB_ERR_BAD_VALUE
 */
export function parsePolicy(flag: string, text: string): string {
  const [name = ''] = text.split(/[/=]/);
  parseName(flag, name, policyNames(), 'LAB_ERR_UNKNOWN_POLICY');
  return overflowPolicy(text, flag).text;
}
