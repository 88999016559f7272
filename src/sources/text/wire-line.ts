/**
 * A line of JSON in the form the lab itself writes, as recordings and live input have it, and what
 * every line must keep.
 */
import type { JsonValue, MessageValue } from '../../core/message.js';
import type { ExactJson } from './exact-json.js';

export type JsonObject = { readonly [key: string]: JsonValue };

/** Deepest nesting of a value; no codec carries more. */
const MAX_DEPTH = 128;

const CONTROLS: readonly JsonValue[] = ['welcome', 'lagged', 'heartbeat', 'end'];

const MEMBERS = ['seq', 'time', 'key', 'value', 'encoding'];

/**
 * What is wrong with a line, before its place in the input is known. Its reader turns it into what
 * its user gets to see.
 */
export class LineFault extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The members of a line in wire form. */
export interface WireForm {
  readonly key: string;
  readonly value: MessageValue;
  /** As written; µs since the Unix epoch where the lab wrote it. */
  readonly time: number | undefined;
}

/** True for a control message of a captured stream: it stands between the data and is none. */
export function isControlLine({ control = null, value }: JsonObject): boolean {
  return CONTROLS.includes(control) && value === undefined;
}

/**
 * Reads `{"key":…,"value":…}` with or without `seq`, `time` and `"encoding":"base64"` (the value
 * then is bytes). Undefined for an object that has other members too, or `seq` and `time` that are
 * no numbers: it is data as a whole.
 * @throws LineFault when `encoding` and value do not fit
 */
export function readWireForm(
  object: JsonObject,
  inexact: ExactJson['inexact'],
): WireForm | undefined {
  const { seq = 0, time, value, encoding } = object;
  const key = keyText(object.key, inexact.get('key'));
  if (key === undefined || value === undefined || typeof seq !== 'number') return undefined;
  if (time !== undefined && typeof time !== 'number') return undefined;
  if (!Object.keys(object).every((name) => MEMBERS.includes(name))) return undefined;
  return { key, value: encoding === undefined ? value : decodeBytes(encoding, value), time };
}

/**
 * The key that a member says: text as it is, a number as its digits, else undefined.
 * @param inexact the number as it is written, where a double does not keep it
 * @throws LineFault for such a number that is not whole
 */
export function keyText(value: JsonValue | undefined, inexact?: string): string | undefined {
  if (inexact !== undefined && !/^-?\d+$/.test(inexact)) throw inexactFault(inexact);
  if (typeof value === 'number') return inexact ?? String(value);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Refuses numbers that JSON.parse has changed.
 * @param but members that were read from their text
 * @throws LineFault
 */
export function refuseInexact(
  { inexact, nested }: Pick<ExactJson, 'inexact' | 'nested'>,
  but: readonly (string | undefined)[] = [],
): void {
  if (nested !== undefined) throw inexactFault(nested);
  for (const [name, number] of inexact) if (!but.includes(name)) throw inexactFault(number);
}

function inexactFault(number: string): LineFault {
  const shown = number.length > 40 ? `${number.slice(0, 40)}…` : number;
  return new LineFault(
    `a number no double can hold: ${shown} would become ${Number(number)}`,
    'write it as text, in quotes: it then stays as it is',
  );
}

/**
 * Refuses what JSON can spell, numbers apart, but a message cannot carry through every codec
 * unchanged. @throws LineFault
 */
export function checkValue(value: MessageValue): void {
  if (!(value instanceof Uint8Array)) checkJson(value, 0);
}

/** @throws LineFault */
export function checkText(text: string): void {
  if (/\p{Surrogate}/u.test(text))
    throw new LineFault(`half of a surrogate pair in ${excerpt(text)}`);
}

/**
 * Text of a file as an error may show it: quoted, short, and with nothing a terminal would obey.
 */
export function excerpt(text: string): string {
  return text.length > 40 ? `${JSON.stringify(text.slice(0, 40))}…` : JSON.stringify(text);
}

function checkJson(value: JsonValue, depth: number): void {
  if (typeof value === 'string') checkText(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH) throw new LineFault(`nested deeper than ${MAX_DEPTH} levels`);
  for (const [name, member] of Object.entries(value)) {
    checkText(name);
    checkJson(member, depth + 1);
  }
}

function decodeBytes(encoding: JsonValue, value: JsonValue): Uint8Array {
  if (encoding !== 'base64')
    throw new LineFault(`"encoding" is ${excerpt(String(encoding))}, not "base64"`);
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  // Buffer.from skips what is not base64; only what it gives back unchanged was base64 throughout.
  if (bytes?.toString('base64') !== value) throw new LineFault('the value is not base64');
  return bytes;
}
