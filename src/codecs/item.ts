import type { ControlMessage, Message, MessageValue } from '../core/message.js';
import { LabError } from '../errors.js';
import type { Decoded } from './codec.js';
import { invalid, malformed } from './limits.js';
import { isText, problemOf } from './value.js';

/** The members of an item as a codec read them, before anything is believed. */
export type RawItem = Readonly<Record<string, unknown>>;

/** @throws LAB_ERR_MESSAGE_INVALID unless every codec can carry `message` exactly */
export function assertMessage(message: Message): void {
  const { seq, time, key, value } = message;
  if (!Number.isSafeInteger(seq) || seq < 1)
    throw invalid(`seq must be an integer ≥ 1, not ${String(seq)}`);
  if (!Number.isSafeInteger(time) || time < 0)
    throw invalid(`time must be an integer ≥ 0, not ${String(time)}`);
  if (!isText(key)) throw invalid(`message ${seq}: key must be text without lone surrogates`);
  if (value instanceof Uint8Array) return;
  const problem = problemOf(value);
  if (problem !== undefined) throw invalid(`message ${seq}: value: ${problem}`);
}

/**
 * The control message as it is written, `control` in front whatever order the caller's members
 * have.
 * @throws LAB_ERR_MESSAGE_INVALID unless it is one a reader will accept
 */
export function controlFirst(control: ControlMessage): ControlMessage {
  const problem = isControlMessage(control)
    ? problemOf(control)
    : 'unknown kind, or a member missing or out of range';
  if (problem !== undefined)
    throw invalid(`control message ${String(control.control)}: ${problem}`);
  return Object.assign({ control: control.control }, control);
}

/**
 * Believes `raw` if it is a control message or a data message. Other members than a data message's
 * four are ignored; `value` is passed apart, as codecs differ in how they mark bytes, and must have
 * been checked.
 * @throws LAB_ERR_MALFORMED
 */
export function toItem(
  codec: string,
  raw: RawItem,
  value: MessageValue | undefined,
): Message | ControlMessage {
  const { control, seq, time, key } = raw;
  if (control !== undefined) {
    if (seq !== undefined)
      throw malformed(codec, 'both `control` and `seq`: neither control message nor data');
    if (!isControlMessage(raw))
      throw malformed(codec, `not a control message known here: ${String(control)}`);
    return raw;
  }
  if (!isIntegerFrom(1, seq))
    throw malformed(codec, `seq is ${String(seq)}, not an integer from 1 to 2^53 − 1`);
  if (!isIntegerFrom(0, time))
    throw malformed(codec, `time is ${String(time)}, not an integer from 0 to 2^53 − 1`);
  if (!isText(key)) throw malformed(codec, 'key is missing or not text');
  if (value === undefined) throw malformed(codec, 'value is missing');
  return { seq, time, key, value };
}

/**
 * The data message in what was decoded.
 * @throws LAB_ERR_INTERNAL when it is none
 */
export function messageOf(decoded: Decoded | undefined): Message {
  if (decoded === undefined || 'control' in decoded.item) {
    throw new LabError('LAB_ERR_INTERNAL', 'these bytes are not a message that scan found');
  }
  return decoded.item;
}

function isIntegerFrom(lowest: number, value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= lowest;
}

const CONTROL_MEMBERS: Readonly<
  Record<string, Readonly<Record<string, 'count' | 'count?' | 'text' | 'text?'>>>
> = {
  welcome: {
    protocol: 'count',
    codec: 'text',
    epoch: 'text',
    next: 'count',
    oldest: 'count',
    snapshot: 'count',
    heartbeat_ms: 'count',
    time: 'count?',
    policy: 'text?',
  },
  lagged: { missed: 'count', next: 'count', from: 'count?', age_us: 'count?' },
  heartbeat: { next: 'count' },
  end: { reason: 'text', message: 'text?' },
};

function isControlMessage(raw: object): raw is ControlMessage {
  const record = raw as RawItem;
  const kind = record.control;
  if (typeof kind !== 'string' || !Object.hasOwn(CONTROL_MEMBERS, kind)) return false;
  return Object.entries(CONTROL_MEMBERS[kind] ?? {}).every(([name, type]) => {
    const member = record[name];
    if (member === undefined && type.endsWith('?')) return true;
    return type.startsWith('count') ? isIntegerFrom(0, member) : typeof member === 'string';
  });
}
