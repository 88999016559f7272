/**
 * Values that only flags of `lab run` have, one item of each list of words, and stacks, which are
 * made of those. Pure.
 */
import { DEFAULT_CONGESTION, LIMITS, type RunConfig, type Stack } from '../../bench/config.js';
import { combinationsOf, stackText, takes } from '../../bench/run/combinations.js';
import type { Injection } from '../../bench/workload/injection.js';
import { codecNames } from '../../src/codecs/registry.js';
import { flushText, parseFlushMode } from '../../src/core/flush.js';
import { backlogLimits, limitsText } from '../../src/core/overload/limits.js';
import {
  benchPolicyNames,
  overflowPolicy,
  POLICY_GRAMMAR,
  policyNames,
  servedPolicy,
} from '../../src/core/overload/policy.js';
import { expandAlternatives } from '../../src/options/alternatives.js';
import {
  badValue,
  parseCount,
  parseDuration,
  parseList,
  parseName,
  parseRate,
} from '../../src/options/values.js';
import { transportNames } from '../../src/transports/registry.js';
import { REPAIRS, type Repair } from '../../src/transports/repair.js';
import { readCongestion } from '../../src/transports/stream/congestion.js';

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
  const [, delay, capacity] = /^(?:delay=([^/]*))?(?:(?:^|\/)capacity=([^/]*))?$/.exec(text) ?? [];
  if (delay === undefined && capacity === undefined) {
    throw badValue(
      flag,
      text,
      'is not a fault that can be injected',
      'write --inject delay=30ms, capacity=400 (messages/s), or delay=5ms/capacity=400',
    );
  }
  return {
    delayMs: delay === undefined ? 0 : parseDuration(flag, delay, injectedDelays),
    ...(capacity === undefined
      ? {}
      : { perSecond: parseCount(flag, capacity, { min: 1, max: LIMITS.ratePerSecond }) }),
  };
}

export const CONGESTION_ABOUT =
  'TCP, WebSocket: congestion control of the server: default (the kernel’s), cubic, bbr, reno, or another that the kernel has';

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

/** @throws LAB_ERR_UNKNOWN_CODEC */
export function parseCodec(flag: string, text: string): string {
  return parseName(flag, text, codecNames(), 'LAB_ERR_UNKNOWN_CODEC');
}

/** The one text of a flush mode. @throws LAB_ERR_BAD_VALUE */
export function parseFlush(flag: string, text: string): string {
  return flushText(parseFlushMode(text, flag));
}

/** @throws LAB_ERR_BAD_VALUE */
export function parseRepair(flag: string, text: string): Repair {
  return parseName(flag, text, REPAIRS, 'LAB_ERR_BAD_VALUE') as Repair;
}

/** The kernel knows which there are. @throws LAB_ERR_BAD_VALUE for what cannot be a name */
export function parseCongestion(flag: string, text: string): string {
  return text === DEFAULT_CONGESTION ? text : readCongestion(flag, text);
}

/** What a stack may say besides its transport. */
export const STACK_PARTS = {
  codec: parseCodec,
  flush: parseFlush,
  repair: parseRepair,
  congestion: parseCongestion,
  policy: parseBenchPolicy,
} as const satisfies {
  readonly [K in Exclude<keyof Stack, 'transport'>]-?: (
    flag: string,
    text: string,
  ) => NonNullable<Stack[K]>;
};

type Part = keyof typeof STACK_PARTS;

const PARTS = Object.keys(STACK_PARTS) as Part[];
const BEFORE_A_PART = new RegExp(`/(?=(?:${PARTS.join('|')})=)`);
const HINT = `write tcp, tcp/policy=conflate, udp/repair=nak; the parts are ${PARTS.join(', ')}`;

/** A comma list, in which `udp/repair={none,nak}` is two. @throws LAB_ERR_BAD_VALUE, LAB_ERR_UNKNOWN_* */
export function parseStacks(flag: string, text: string): Stack[] {
  const stacks: Stack[] = [];
  parseList(flag, expandAlternatives(flag, text), (item) => {
    const stack = parseStack(flag, item);
    stacks.push(stack);
    return stackText(stack);
  });
  return stacks;
}

/** The stacks and what follows from them. */
export function settingsOfStacks(
  stacks: RunConfig['stacks'],
): Partial<Pick<RunConfig, 'transports'>> {
  return stacks === null ? {} : { transports: [...new Set(stacks.map((one) => one.transport))] };
}

/** Whether the list of a setting has a value for some stack. */
export function isListed(stacks: readonly Stack[], part: Part): boolean {
  const takers = part === 'repair' || part === 'congestion' ? [part] : [];
  return stacks.some(
    (stack) =>
      stack[part] === undefined && takers.every((option) => takes(stack.transport, option)),
  );
}

/** @throws LAB_ERR_BAD_VALUE for two stacks that are measured alike */
export function refuseAlike(config: RunConfig): void {
  if (config.stacks === null) return;
  const seen = new Set<string>();
  for (const combination of combinationsOf(config)) {
    const text = stackText(combination);
    if (seen.has(text)) {
      const hint = 'what a stack does not name it takes from the lists: name it, or leave one out';
      throw badValue('--stack', text, 'would be measured twice', hint);
    }
    seen.add(text);
  }
}

function parseStack(flag: string, text: string): Stack {
  const [first = '', ...parts] = text.split(BEFORE_A_PART);
  const [name = '', ...others] = first.split('/');
  if (others.length > 0) throw badValue(flag, others.join('/'), 'is no part of a stack', HINT);
  const transport = parseName(flag, name, transportNames(), 'LAB_ERR_UNKNOWN_TRANSPORT');
  const stack: { -readonly [K in keyof Stack]: Stack[K] } = { transport };
  for (const said of parts) {
    const at = said.indexOf('=');
    const part = said.slice(0, at) as Part;
    if (stack[part] !== undefined)
      throw badValue(flag, said, 'is said twice', `give ${part} once in a stack`);
    if ((part === 'repair' || part === 'congestion') && !takes(transport, part)) {
      const hint = `leave it out: ${transport} has no ${part}`;
      throw badValue(flag, said, `has no effect with ${transport}`, hint);
    }
    Object.assign(stack, { [part]: STACK_PARTS[part](`${flag} ${part}`, said.slice(at + 1)) });
  }
  return stack;
}
