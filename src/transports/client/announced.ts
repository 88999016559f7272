import type { Codec } from '../../codecs/codec.js';
import type { Heartbeat, Lagged, Welcome } from '../../core/message.js';
import { LabError } from '../../errors.js';
import { MAX_POLICY_CHARACTERS, PROTOCOL_VERSION } from '../request.js';

/**
 * What a server may say of itself, and a client then lives by: the one place where its numbers are
 * judged before they reach a timer, an account or a counter. That they are whole numbers from 0 to
 * 2^53 − 1 is the codec's or the packet's to check.
 */

/** Longest heartbeat period, ms: three of them without a word, three minutes, are silence. */
export const LONGEST_HEARTBEAT_MS = 60_000;
/** UDP: longest lease, ms: three of the longest heartbeats. */
export const LONGEST_LEASE_MS = 180_000;

const EPOCH = /^[0-9a-f]{16}$/;

/** @throws LAB_ERR_PROTOCOL naming the member that cannot be */
export function checkWelcome(welcome: Welcome, asked: Codec): void {
  const { protocol, codec, epoch, next, oldest, snapshot, heartbeat_ms, policy = '' } = welcome;
  if (protocol !== PROTOCOL_VERSION) throw refused('protocol', protocol, `${PROTOCOL_VERSION}`);
  if (codec !== asked.name) throw refused('codec', codec, `'${asked.name}', as asked for`);
  if (!EPOCH.test(epoch)) throw refused('epoch', epoch, '16 hex digits');
  check('next', next, 1, Number.MAX_SAFE_INTEGER);
  // It may be above `next`, where a replay begins with what is gone.
  check('oldest', oldest, 1, Number.MAX_SAFE_INTEGER);
  check('snapshot', snapshot, 0, next - 1);
  check('heartbeat_ms', heartbeat_ms, 1, LONGEST_HEARTBEAT_MS);
  // Of a later release it may be one that is not known here.
  if (policy.length > MAX_POLICY_CHARACTERS || !/^[!-~]*$/.test(policy))
    throw refused(
      'policy',
      policy,
      `${MAX_POLICY_CHARACTERS} characters at most, none of them blank`,
    );
}

/** @throws LAB_ERR_PROTOCOL */
export function checkLease(leaseMs: number): void {
  check('lease', leaseMs, 1, LONGEST_LEASE_MS);
}

/** @throws LAB_ERR_PROTOCOL naming the member that cannot be */
export function checkControl(control: Lagged | Heartbeat): void {
  check(`next of ${control.control}`, control.next, 1, Number.MAX_SAFE_INTEGER);
  if (control.control !== 'lagged') return;
  const { missed, next, from = 1 } = control;
  check('missed of lagged', missed, 1, next - 1);
  check('from of lagged', from, 1, next - missed);
}

/** Of a datagram, which is counted and dropped when it cannot be. */
export function isSound(control: Lagged | Heartbeat): boolean {
  try {
    checkControl(control);
    return true;
  } catch {
    return false;
  }
}

function check(member: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw refused(member, value, `a whole number from ${least} to ${most}`);
}

const MAX_SHOWN = 40;

/** What a server said, in quotes if it is text, and short. */
export function shown(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return `'${value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value}'`;
}

function refused(member: string, value: string | number, expected: string): LabError {
  return new LabError(
    'LAB_ERR_PROTOCOL',
    `the server announced ${member} ${shown(value)}, not ${expected}`,
    {
      hint: 'is this a lab server of the same release?',
    },
  );
}
