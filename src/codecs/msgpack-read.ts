/**
 * Reads one MessagePack map as an item. msgpackr writes our values but does not read them: its
 * reader renames a `__proto__` key, runs extensions, replaces what is not UTF-8, drops a leading
 * U+FEFF where its native helper is missing, and is no quicker on messages of this size. This one
 * accepts the JSON values of `value.ts` and refuses the rest.
 */
import { isUtf8 } from 'node:buffer';
import type { MessageValue } from '../core/message.js';
import type { RawItem } from './item.js';
import { malformed } from './limits.js';
import { uint32, uint64 } from './msgpack-head.js';
import { MAX_DEPTH } from './value.js';

const NAME = 'msgpack';
/**
 * Feeds repeat a handful of member names and symbols: they are compared with the last one of the
 * same slot, not made anew.
 */
const NAME_SLOTS = 512;
const LONGEST_CACHED_NAME = 24;

type Members = Record<string, unknown>;

/**
 * Reads values that `skipValue` has found whole, hence without checks against the end. Not
 * re-entrant, no state between reads.
 */
export class ItemReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  readonly #names: (string | undefined)[] = new Array(NAME_SLOTS).fill(undefined);

  /**
   * The map at `at`. Its member `value`, and only that, may be bytes; they are a copy. @throws
   * LAB_ERR_MALFORMED
   */
  readItem(bytes: Buffer, at: number): RawItem {
    this.#bytes = bytes;
    this.#at = at;
    const members: Members = {};
    for (let left = this.#mapLength(); left > 0; left--) {
      const name = this.#name();
      // The message's own key comes from a small set too, as a rule.
      const value =
        name === 'value' ? this.#bytesOrValue() : name === 'key' ? this.#name() : this.#value(0);
      setMember(members, name, value);
    }
    return members;
  }

  #mapLength(): number {
    const format = this.#byte();
    return format < 0x90 ? format & 0x0f : this.#length(format === 0xde ? 2 : 4);
  }

  #byte(): number {
    return this.#bytes[this.#at++]!;
  }

  /** A big-endian unsigned integer of `width` bytes. */
  #length(width: 1 | 2 | 4): number {
    const at = this.#at;
    this.#at = at + width;
    if (width === 1) return this.#bytes[at]!;
    return width === 2 ? (this.#bytes[at]! << 8) | this.#bytes[at + 1]! : uint32(this.#bytes, at);
  }

  #bytesOrValue(): MessageValue {
    const format = this.#bytes[this.#at]!;
    if (format < 0xc4 || format > 0xc6) return this.#value(0);
    this.#at++;
    const length = this.#length(format === 0xc4 ? 1 : format === 0xc5 ? 2 : 4);
    const from = this.#at;
    this.#at = from + length;
    return Buffer.from(this.#bytes.subarray(from, this.#at));
  }

  #value(depth: number): MessageValue {
    const format = this.#byte();
    if (format < 0x80) return format;
    if (format >= 0xe0) return format - 0x100;
    if (format < 0x90) return this.#map(format & 0x0f, depth);
    if (format < 0xa0) return this.#array(format & 0x0f, depth);
    if (format < 0xc0) return this.#text(format & 0x1f);
    const at = this.#at;
    switch (format) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        this.#at = at + 4;
        return finite(this.#bytes.readFloatBE(at));
      case 0xcb:
        this.#at = at + 8;
        return finite(this.#bytes.readDoubleBE(at));
      case 0xcc:
        return this.#length(1);
      case 0xcd:
        return this.#length(2);
      case 0xce:
        return this.#length(4);
      // Beyond 2^53 the nearest double, as JSON.parse gives for the same digits.
      case 0xcf:
        this.#at = at + 8;
        return uint64(this.#bytes, at);
      case 0xd0:
        this.#at = at + 1;
        return this.#bytes.readInt8(at);
      case 0xd1:
        this.#at = at + 2;
        return this.#bytes.readInt16BE(at);
      case 0xd2:
        this.#at = at + 4;
        return this.#bytes.readInt32BE(at);
      case 0xd3:
        this.#at = at + 8;
        return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + uint32(this.#bytes, at + 4);
      case 0xd9:
        return this.#text(this.#length(1));
      case 0xda:
        return this.#text(this.#length(2));
      case 0xdb:
        return this.#text(this.#length(4));
      case 0xdc:
        return this.#array(this.#length(2), depth);
      case 0xdd:
        return this.#array(this.#length(4), depth);
      case 0xde:
        return this.#map(this.#length(2), depth);
      case 0xdf:
        return this.#map(this.#length(4), depth);
      default:
        throw malformed(NAME, `0x${format.toString(16)} stands where only a JSON value may`);
    }
  }

  #array(length: number, depth: number): MessageValue {
    if (depth >= MAX_DEPTH) throw malformed(NAME, `value: nested more than ${MAX_DEPTH} deep`);
    const array: MessageValue[] = [];
    for (let i = 0; i < length; i++) array.push(this.#value(depth + 1));
    return array as MessageValue;
  }

  #map(length: number, depth: number): MessageValue {
    if (depth >= MAX_DEPTH) throw malformed(NAME, `value: nested more than ${MAX_DEPTH} deep`);
    const members: Members = {};
    for (let i = 0; i < length; i++) {
      const name = this.#name();
      setMember(members, name, this.#value(depth + 1));
    }
    return members as MessageValue;
  }

  /** A member name or key: a string, from the cache when it is there. */
  #name(): string {
    const format = this.#byte();
    if (format >= 0xa0 && format < 0xc0) {
      const length = format & 0x1f;
      return length > 0 && length <= LONGEST_CACHED_NAME
        ? this.#cached(length)
        : this.#text(length);
    }
    if (format >= 0xd9 && format <= 0xdb)
      return this.#text(this.#length(format === 0xd9 ? 1 : format === 0xda ? 2 : 4));
    throw malformed(NAME, `0x${format.toString(16)} stands where only a string may`);
  }

  #cached(length: number): string {
    const bytes = this.#bytes;
    const at = this.#at;
    const last = bytes[at + length - 1]!;
    const slot =
      (bytes[at]! * 31 + last * 7 + bytes[at + (length >> 1)]! * 3 + length) & (NAME_SLOTS - 1);
    const known = this.#names[slot];
    // Comparing bytes with characters is exact for ASCII only, so nothing else is ever kept.
    if (known !== undefined && known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[at + i]) i++;
      if (i === length) {
        this.#at = at + length;
        return known;
      }
    }
    const text = this.#text(length);
    if (text.length === length) this.#names[slot] = text;
    return text;
  }

  #text(length: number): string {
    const from = this.#at;
    const to = from + length;
    this.#at = to;
    const text = this.#bytes.toString('utf8', from, to);
    // toString replaces what is not UTF-8 by U+FFFD; only when one is there must it be told from a
    // genuine one.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(from, to))) {
      throw malformed(NAME, 'a string is not UTF-8');
    }
    return text;
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw malformed(NAME, `value: ${value} is not a finite number`);
  return value;
}

/** Plain assignment to `__proto__` would replace the object's prototype. */
function setMember(members: Members, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(members, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    members[name] = value;
  }
}
