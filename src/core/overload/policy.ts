import { LabError } from '../../errors.js';
import {
  ageText,
  type BacklogLimits,
  limitsText,
  readLimit,
  readLimits,
  UNLIMITED,
} from './limits.js';

/**
 * - `drop-oldest`: go on at the oldest message within the limits: the smallest possible loss.
 * - `drop-newest`: what is published while the backlog is full is skipped, until what was in it has
 *   been read.
 * - `conflate`: go on with the latest message of each key, and then live.
 * - `disconnect`: end the subscription with LAB_ERR_LAGGED: it would rather reconnect than miss a
 *   message unawares.
 * - `block`: the feed waits, for everybody: see `Backpressure`. Only a benchmark's server does.
 */
export type OverloadRule = 'drop-oldest' | 'drop-newest' | 'conflate' | 'disconnect' | 'block';

/**
 * What happens to a subscriber that falls behind: one rule for moving a cursor. It is asked when the
 * cursor points before the oldest retained message, and when a sink has left more than the limits
 * allow; what it skips is counted and told to the subscriber.
 */
export interface OverflowPolicy {
  readonly rule: OverloadRule;
  readonly limits: BacklogLimits;
  /** The one text of it, whatever order and units it was written in. */
  readonly text: string;
}

/** What a subscriber may ask for, and a server may have for those that do not. */
const SERVED: readonly OverloadRule[] = ['drop-oldest', 'drop-newest', 'conflate', 'disconnect'];
/** The feed waits for its slowest subscriber. */
export const BLOCK = 'block';
const RULES: readonly OverloadRule[] = [...SERVED, BLOCK];
/** `drop-oldest` by age alone. */
const DEADLINE = 'deadline';

export const DEFAULT_POLICY = 'drop-oldest';

/** Those of a server that serves strangers. */
export function policyNames(): string[] {
  return [...SERVED, DEADLINE];
}

/** Those of the server of a measurement. */
export function benchPolicyNames(): string[] {
  return [...policyNames(), BLOCK];
}

/** How they are written with what belongs to them. */
export const POLICY_GRAMMAR =
  'drop-oldest/messages=1000/bytes=64k/age=200ms limits the backlog, deadline=200ms drops what is older';

/**
 * Reads `drop-oldest`, `drop-oldest/messages=1000/bytes=64k/age=200ms`, `deadline=200ms`.
 * @param label what messages call the option
 * @throws LAB_ERR_UNKNOWN_POLICY, LAB_ERR_BAD_VALUE
 */
export function overflowPolicy(text: string, label = 'policy'): OverflowPolicy {
  const refused = (part: string, hint: string): LabError => badPolicy(text, label, part, hint);
  const [name = '', ...parts] = text.split('/');
  const [first = '', ...age] = name.split('=');
  if (first === DEADLINE) return deadline(age.join('='), parts, refused);
  const rule = RULES.find((known) => known === name);
  if (rule === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_POLICY', `unknown overload policy '${shortened(text)}'`, {
      hint: `choose one of: ${policyNames().join(', ')}; ${POLICY_GRAMMAR}`,
    });
  }
  const given = readLimits(parts, refused);
  // Whatever a flush leaves.
  const atOnce = parts.length === 0 && (rule === 'conflate' || rule === BLOCK);
  const limits = atOnce ? { ...given, messages: 0 } : given;
  return policyOf(rule, limits);
}

/**
 * The same for who serves strangers, or is one: the feed must wait for none of them.
 * @throws LAB_ERR_UNKNOWN_POLICY, LAB_ERR_BAD_VALUE
 */
export function servedPolicy(text: string, label = 'policy'): OverflowPolicy {
  const policy = overflowPolicy(text, label);
  if (policy.rule !== BLOCK) return policy;
  const hint = `only \`lab run\` measures with it, as one slow client would hold up all others; choose one of: ${policyNames().join(', ')}`;
  throw badPolicy(text, label, BLOCK, hint);
}

/**
 * What somebody gets who asks for `policy` where nobody may have a larger backlog than `cap`. One
 * that begins with whatever a flush leaves is below any.
 */
export function capped(policy: OverflowPolicy, cap: BacklogLimits): OverflowPolicy {
  const { rule, limits } = policy;
  const { messages, bytes, age } = limits;
  if (messages === 0) return policy;
  if (messages <= cap.messages && bytes <= cap.bytes && age <= cap.age) return policy;
  return policyOf(rule, {
    messages: Math.min(messages, cap.messages),
    bytes: Math.min(bytes, cap.bytes),
    age: Math.min(age, cap.age),
  });
}

function policyOf(rule: OverloadRule, limits: BacklogLimits): OverflowPolicy {
  return { rule, limits, text: [rule, limitsText(limits)].filter(Boolean).join('/') };
}

type Refuse = (part: string, hint: string) => LabError;

function deadline(value: string, parts: readonly string[], refused: Refuse): OverflowPolicy {
  const age = readLimit('age', value);
  const hint = 'write how old a message may be when it is its turn: deadline=200ms';
  if (age === undefined) throw refused(`${DEADLINE}=${value}`, hint);
  if (parts[0] !== undefined) throw refused(parts[0], `${hint}; or drop-oldest/age=200ms/…`);
  return {
    rule: 'drop-oldest',
    limits: { ...UNLIMITED, age },
    text: `${DEADLINE}=${ageText(age)}`,
  };
}

const MAX_SHOWN = 64;

/** A stranger may have written it. */
function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function badPolicy(text: string, label: string, part: string, hint: string): LabError {
  const problem = `${label} '${shortened(text)}': '${shortened(part)}' cannot be`;
  return new LabError('LAB_ERR_BAD_VALUE', problem, { option: 'policy', value: text, hint });
}
