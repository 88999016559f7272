import type { JsonValue, MessageValue } from '../core/message.js';
import { Random, seedState } from '../random.js';

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Names of the padding member, best first; the first that is free and fits is taken. The shorter
 * ones exist only to close a gap that `,"pad":""` is too long for.
 */
const PAD_NAMES = ['pad', 'pa', 'p', ''] as const;

/** Bytes that a padding member costs before its first character. */
export const PAD_MEMBER_BYTES = ',"pad":""'.length;

/**
 * No stretch of padding comes again within this many characters, more than a compressor's usual
 * window looks back.
 */
const TAPE_PERIOD = 1024 * 1024;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Which of a seed's random streams is the padding's; the values themselves use stream 0. */
const PAD_STREAM = 1;

/** UTF-8 bytes of the value's compact JSON. */
export function jsonBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** True for a JSON object, the only kind of value that can be padded. */
export function isJsonObject(value: MessageValue): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

/**
 * Pads JSON objects so that their compact JSON is exactly `sizeBytes` UTF-8 bytes, by a last string
 * member `"pad"` of seeded base64url characters: random, so that no codec or link can shrink it
 * below 6 bits a byte.
 *
 * The exact rule, for an object `gap` bytes short of the size:
 * - gap ≤ 0, or the value is not an object: left as it is;
 * - gap ≥ 9: a member `"pad"`. 8, 7, 6: an empty member `"pa"`, `"p"`, `""` (a shorter name also
 *   stands in for one that is taken);
 * - gap 1 to 5: no member is that small, so the object is left as it is (an empty object has no
 *   comma to pay: there 1 to 4).
 */
export class Padder {
  readonly #sizeBytes: number;
  readonly #period: number;
  readonly #tape: string;
  #position = 0;

  constructor(sizeBytes: number, seed: number) {
    this.#sizeBytes = sizeBytes;
    this.#period = Math.max(TAPE_PERIOD, sizeBytes);
    this.#tape = sizeBytes === 0 ? '' : randomText(this.#period + sizeBytes, seed);
  }

  /**
   * `bytes` is `jsonBytes(value)`, which a caller that pads a value often need work out only once.
   */
  pad(value: MessageValue, bytes: number): MessageValue {
    const gap = this.#sizeBytes - bytes;
    if (gap <= 0 || !isJsonObject(value)) return value;
    const unnamedMember = bytes > '{}'.length ? ',"":""'.length : '"":""'.length;
    for (const name of PAD_NAMES) {
      const length = gap - unnamedMember - name.length;
      if (length >= 0 && !Object.hasOwn(value, name))
        return withMember(value, name, this.text(length));
    }
    return value;
  }

  /**
   * The next `length` characters of padding. A slice shares the tape's memory: it costs the same at
   * any length.
   */
  text(length: number): string {
    const start = this.#position;
    this.#position = (start + length) % this.#period;
    return this.#tape.slice(start, start + length);
  }
}

function withMember(value: JsonObject, name: string, text: string): JsonObject {
  // Assigning is ten times as fast as spreading, but would take a member called __proto__ for the
  // prototype.
  const copy: Record<string, JsonValue> = Object.hasOwn(value, '__proto__')
    ? { ...value }
    : Object.assign({}, value);
  copy[name] = text;
  return copy;
}

function randomText(length: number, seed: number): string {
  const random = new Random(seedState(seed, PAD_STREAM));
  const text = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; ) {
    let bits = random.nextUint32();
    for (let taken = 0; taken < 5 && i < length; taken++, bits >>>= 6) {
      text[i++] = ALPHABET.charCodeAt(bits & 63);
    }
  }
  return text.toString('latin1');
}
