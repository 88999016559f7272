import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readI32, readU16, readU32, writeU32 } from '../../../src/core/words.js';

const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((list) => Buffer.from(list));
const offset = fc.nat(8);

describe('little-endian words', () => {
  it('are read as Buffer reads them', () => {
    fc.assert(
      fc.property(bytes, offset, (from, at) => {
        expect(readU32(from, at)).toBe(from.readUInt32LE(at));
        expect(readI32(from, at)).toBe(from.readInt32LE(at));
        expect(readU16(from, at)).toBe(from.readUInt16LE(at));
      }),
    );
  });

  it('are written as Buffer writes them, the low 32 bits of what is larger', () => {
    fc.assert(
      fc.property(bytes, offset, fc.maxSafeNat(), (into, at, value) => {
        const expected = Buffer.from(into);
        expected.writeUInt32LE(value % 2 ** 32, at);
        writeU32(into, value, at);
        expect(into).toEqual(expected);
      }),
    );
  });

  it('outside are 0, and leave what is inside alone', () => {
    const some = Buffer.from([1, 2]);
    writeU32(some, 7, 2);
    expect([readU32(some, 2), readU16(some, 5), some]).toEqual([0, 0, Buffer.from([1, 2])]);
  });
});
