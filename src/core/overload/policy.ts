import { LabError } from '../../errors.js';
import {
  ageText,
  type BacklogLimits,
  isLimit,
  LIMIT_HINT,
  limitsText,
  readLimit,
  UNLIMITED,
} from './limits.js';

/**
 * - `drop-oldest`: go on at the oldest message within the limits: the smallest possible loss.
 * - `drop-newest`: what is published while the backlog is full is skipped, until what was in it has
 *   been read.
 * - `conflate`: go on with the latest message of each key, and then live.
 * - `disconnect`: end the subscription with LAB_ERR_LAGGED: it would rather reconnect than miss a
 *   message unawares.
 */
export type OverloadRule = 'drop-oldest' | 'drop-newest' | 'conflate' | 'disconnect';

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

const RULES: readonly OverloadRule[] = ['drop-oldest', 'drop-newest', 'conflate', 'disconnect'];
/** `drop-oldest` by age alone. */
const DEADLINE = 'deadline';

export const DEFAULT_POLICY = 'drop-oldest';

export function policyNames(): string[] {
  return [...RULES, DEADLINE];
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
  const refused = (part: string, hint: string): LabError => {
    const problem = `${label} '${shortened(text)}': '${shortened(part)}' cannot be`;
    return new LabError('LAB_ERR_BAD_VALUE', problem, { option: 'policy', value: text, hint });
  };
  const [name = '', ...parts] = text.split('/');
  const [first, age] = splitOnce(name);
  if (first === DEADLINE) return deadline(age, parts, refused);
  const rule = RULES.find((known) => known === name);
  if (rule === undefined) {
    throw new LabError('LAB_ERR_UNKNOWN_POLICY', `unknown overload policy '${shortened(text)}'`, {
      hint: `choose one of: ${policyNames().join(', ')}; ${POLICY_GRAMMAR}`,
    });
  }
  const limits: { -readonly [K in keyof BacklogLimits]: number } = { ...UNLIMITED };
  // Whatever a flush leaves.
  if (rule === 'conflate' && parts.length === 0) limits.messages = 0;
  const seen = new Set<string>();
  for (const part of parts) {
    const [limit, value] = splitOnce(part);
    const read = isLimit(limit) && !seen.has(limit) ? readLimit(limit, value) : undefined;
    if (!isLimit(limit) || read === undefined) throw refused(part, LIMIT_HINT);
    seen.add(limit);
    limits[limit] = read;
  }
  if (rule === 'drop-newest' && limits.age !== UNLIMITED.age) {
    const hint = 'time makes no new message too old: give messages or bytes, or use deadline=200ms';
    throw refused(`age=${ageText(limits.age)}`, hint);
  }
  return { rule, limits, text: [rule, limitsText(limits)].filter(Boolean).join('/') };
}

function deadline(
  value: string,
  parts: readonly string[],
  refused: (part: string, hint: string) => LabError,
): OverflowPolicy {
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

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
