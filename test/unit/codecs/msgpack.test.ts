import { Packr, unpackMultiple } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { msgpack } from '../../../src/codecs/msgpack.js';
import { encodeItems, type Item } from '../../support/conformance/codec-support.js';
import { decodedBy, scannedBy } from '../../support/core/codec-bytes.js';

const codec = msgpack();
const time = 1_795_287_600_123_456;

/** Hex with spaces and "text" in quotes: `a3 "seq"`. */
function fromHex(notation: string): Buffer {
  const parts = notation.match(/"[^"]*"|[0-9a-f]{2}/g) ?? [];
  return Buffer.concat(
    parts.map((part) => Buffer.from(part.replaceAll('"', ''), part[0] === '"' ? 'utf8' : 'hex')),
  );
}

const encoded = (item: Item): Buffer => encodeItems(codec, [item]);
const decoded = (notation: string): unknown => decodedBy(codec, fromHex(notation));
const scanned = (notation: string): unknown[] => scannedBy(codec, fromHex(notation));

describe('what msgpack writes', () => {
  test.each<[Item, string]>([
    [
      { seq: 1, time, key: 'AAPL', value: { price: 219.68, volume: 100 } },
      '84 a3"seq" 01 a4"time" cf 00 06 60 cd f7 ac ce 40 a3"key" a4"AAPL" a5"value" 82 a5"price" cb 40 6b 75 c2 8f 5c 28 f6 a6"volume" 64',
    ],
    [
      { value: Uint8Array.of(0xde, 0xad), key: '', time: 0, seq: 128 },
      '84 a3"seq" cc 80 a4"time" cf 00 00 00 00 00 00 00 00 a3"key" a0 a5"value" c4 02 de ad',
    ],
    [
      { seq: 65_535, time: 4_294_967_296, key: 'ü', value: null },
      '84 a3"seq" cd ff ff a4"time" cf 00 00 00 01 00 00 00 00 a3"key" a2 c3 bc a5"value" c0',
    ],
    [
      { seq: 65_536, time: 4_294_967_295, key: 'a'.repeat(32), value: [true, -1, 'x'] },
      `84 a3"seq" ce 00 01 00 00 a4"time" cf 00 00 00 00 ff ff ff ff a3"key" d9 20 "${'a'.repeat(32)}" a5"value" 93 c3 ff a1"x"`,
    ],
    [
      { seq: Number.MAX_SAFE_INTEGER, time: 1, key: 'b'.repeat(256), value: {} },
      `84 a3"seq" cf 00 1f ff ff ff ff ff ff a4"time" cf 00 00 00 00 00 00 00 01 a3"key" da 01 00 "${'b'.repeat(256)}" a5"value" 80`,
    ],
    [{ next: 3, control: 'heartbeat' }, '82 a7"control" a9"heartbeat" a4"next" 03'],
  ])('is one plain map with its members in the canonical order: %j', (item, notation) => {
    expect(encoded(item).toString('hex')).toBe(fromHex(notation).toString('hex'));
    if (!('control' in item)) expect(scanned(notation)).toEqual([[item.seq, item.time]]);
  });

  test('is read by a stock reader, one object after the other', () => {
    const items = [
      { seq: 1, time: 5, key: 'a', value: [1, -2.5, 'three', null, { x: false }] },
      { seq: 2, time: 6, key: 'b', value: { deep: [{ er: 1e300 }] } },
      { control: 'lagged', missed: 2, next: 5 } as const,
    ];
    // The stock reader gives uint64 as a bigint.
    const read = unpackMultiple(encodeItems(codec, items));
    expect(read).toEqual(
      items.map((item) => ('time' in item ? { ...item, time: BigInt(item.time) } : item)),
    );
  });
});

describe('what msgpack reads besides its own form', () => {
  const message = { seq: 7, time: 8, key: 'k', value: 9 };

  test.each([
    ['another order', '84 a5"value" 09 a3"key" a1"k" a4"time" 08 a3"seq" 07'],
    ['a map 16', 'de 00 04 a3"seq" 07 a4"time" 08 a3"key" a1"k" a5"value" 09'],
    ['a map 32', 'df 00 00 00 04 a3"seq" 07 a4"time" 08 a3"key" a1"k" a5"value" 09'],
    ['an unknown member', '85 a3"seq" 07 a4"time" 08 a3"key" a1"k" a5"value" 09 a5"extra" 91 01'],
    [
      'double, int16 and float',
      '84 a3"seq" cb 40 1c 00 00 00 00 00 00 a4"time" d1 00 08 a3"key" a1"k" a5"value" ca 41 10 00 00',
    ],
    [
      'int8, int32 and int64',
      '84 a3"seq" d0 07 a4"time" d2 00 00 00 08 a3"key" a1"k" a5"value" d3 00 00 00 00 00 00 00 09',
    ],
    [
      'wide uints',
      '84 a3"seq" cf 00 00 00 00 00 00 00 07 a4"time" ce 00 00 00 08 a3"key" a1"k" a5"value" cd 00 09',
    ],
    [
      'wide strings',
      '84 d9 03 "seq" 07 da 00 04 "time" 08 db 00 00 00 03 "key" d9 01 "k" a5"value" cc 09',
    ],
  ])('%s', (_name, notation) => {
    expect(decoded(notation)).toEqual(message);
    expect(scanned(notation)).toEqual([[7, 8]]);
  });

  test('what a stock writer makes of a message', () => {
    const sent = { seq: 3, time, key: 'k', value: { a: [1, 2.5, 'x'], b: null } };
    const bytes = new Packr({ useRecords: false }).pack(sent);
    expect(codec.decode(bytes, 0, bytes.length)).toEqual({ item: sent, end: bytes.length });
  });

  test('64-bit integers in a value, as the nearest double', () => {
    const head = '84 a3"seq" 01 a4"time" 02 a3"key" a1"k" a5"value"';
    expect(decoded(`${head} cf ff ff ff ff ff ff ff ff`)).toMatchObject({ value: 2 ** 64 });
    expect(decoded(`${head} d3 ff ff ff ff ff ff ff fe`)).toMatchObject({ value: -2 });
    expect(decoded(`${head} d3 80 00 00 00 00 00 00 00`)).toMatchObject({ value: -(2 ** 63) });
  });
});

describe('what msgpack refuses as malformed', () => {
  const head = '84 a3"seq" 01 a4"time" 02 a3"key" a1"k" a5"value"';
  test.each([
    ['an item that is not a map, before it is whole', '9f'],
    ['an empty map', '80'],
    ['0xc1', `${head} c1`],
    ['a timestamp extension', `${head} d6 ff 00 00 00 00`],
    ['a record definition of msgpackr', `${head} d4 72 40 91 a1"a" 01`],
    ['an ext 8', `${head} c7 01 01 00`],
    ['bytes inside a value', `${head} 91 c4 01 00`],
    ['bytes as the key', '84 a3"seq" 01 a4"time" 02 a3"key" c4 01 00 a5"value" 00'],
    ['a member name that is a number', `${head} 81 01 02`],
    ['NaN', `${head} cb 7f f8 00 00 00 00 00 00`],
    ['Infinity as float 32', `${head} ca 7f 80 00 00`],
    ['a string that is not UTF-8', `${head} a2 c3 28`],
    ['a surrogate in UTF-8', `${head} a3 ed a0 80`],
    ['an overlong form', `${head} a2 c0 80`],
    ['a key that is not UTF-8', '84 a3"seq" 01 a4"time" 02 a3"key" a1 ff a5"value" 00'],
    ['seq 0', '84 a3"seq" 00 a4"time" 02 a3"key" a1"k" a5"value" 00'],
    ['seq 2^53', '84 a3"seq" cf 00 20 00 00 00 00 00 00 a4"time" 02 a3"key" a1"k" a5"value" 00'],
    ['time 2^53', '84 a3"seq" 01 a4"time" cf 00 20 00 00 00 00 00 00 a3"key" a1"k" a5"value" 00'],
    ['a negative seq', '84 a3"seq" ff a4"time" 02 a3"key" a1"k" a5"value" 00'],
    ['no value', '83 a3"seq" 01 a4"time" 02 a3"key" a1"k"'],
    ['data and control at once', '82 a3"seq" 01 a7"control" a3"end"'],
    ['an unknown control message', '81 a7"control" a6"reboot"'],
    ['129 levels of nesting', `${head} ${'91'.repeat(129)} c0`],
    ['nesting without end', `${head} ${'91'.repeat(500_000)} c0`],
  ])('%s', (_name, notation) => {
    expect(() => decoded(notation)).toThrow(expect.objectContaining({ code: 'LAB_ERR_MALFORMED' }));
  });
});

describe('what scan of msgpack refuses in a canonical head', () => {
  const tail = 'a3"key" a1"k" a5"value" 00';
  test.each([
    ['seq 0', `84 a3"seq" 00 a4"time" cf 00 00 00 00 00 00 00 02 ${tail}`],
    [
      'seq 2^53',
      `84 a3"seq" cf 00 20 00 00 00 00 00 00 a4"time" cf 00 00 00 00 00 00 00 02 ${tail}`,
    ],
    ['time 2^53', `84 a3"seq" 01 a4"time" cf 00 20 00 00 00 00 00 00 ${tail}`],
    ['a negative seq', `84 a3"seq" ff a4"time" cf 00 00 00 00 00 00 00 02 ${tail}`],
  ])('%s', (_name, notation) => {
    expect(() => scanned(notation)).toThrow(expect.objectContaining({ code: 'LAB_ERR_MALFORMED' }));
  });
});

describe('what msgpack refuses as too large, as soon as a length says so', () => {
  const head = '84 a3"seq" 01 a4"time" 02 a3"key" a1"k" a5"value"';
  const visitor = { message: () => {}, control: () => {} };
  const tooLarge = expect.objectContaining({ code: 'LAB_ERR_MESSAGE_TOO_LARGE' });

  test.each([
    ['a str 32', `${head} db 00 10 00 00`],
    ['a bin 32', `${head} c6 ff ff ff ff`],
    ['an array 32', `${head} dd 00 10 00 00`],
    ['a map 32', `${head} df 00 08 00 00`],
    ['arrays in arrays', `${head} ${'dc ff ff'.repeat(17)}`],
    ['a map of too many members', 'df ff ff ff ff'],
  ])('%s', (_name, notation) => {
    const bytes = fromHex(notation);
    expect(() => codec.decode(bytes, 0, bytes.length)).toThrow(tooLarge);
    expect(() => codec.scan(bytes, 0, bytes.length, visitor)).toThrow(tooLarge);
  });

  test('and an unfinished message that fills the limit is refused even where its length header is cut', () => {
    const bytes = fromHex(`${head} db 00`);
    const small = msgpack({ maxMessageBytes: bytes.length });
    expect(() => small.decode(bytes, 0, bytes.length)).toThrow(tooLarge);
    expect(() => small.scan(bytes, 0, bytes.length, visitor)).toThrow(tooLarge);
  });

  test('but a length is read only from bytes before `end`', () => {
    for (const format of ['d9', 'da', 'db', 'c4', 'c5', 'c6', 'dc', 'dd', 'de', 'df']) {
      const canonicalHead =
        '84 a3"seq" 01 a4"time" cf 00 00 00 00 00 00 00 02 a3"key" a1"k" a5"value"';
      for (const start of [head, canonicalHead]) {
        const end = fromHex(`${start} ${format}`).length;
        const poisoned = fromHex(`${start} ${format} ff ff ff ff`);
        expect(codec.decode(poisoned, 0, end)).toBeUndefined();
        expect(codec.scan(poisoned, 0, end, visitor)).toBe(0);
      }
    }
  });
});

test('a refused item leaves nothing behind: the next one decodes as ever', () => {
  const broken = fromHex('84 a3"seq" 01 a4"time" 02 a3"key" a1"k" a5"value" 91 c4 01 00');
  expect(() => codec.decode(broken, 0, broken.length)).toThrow();
  const item = { seq: 2, time: 3, key: 'k', value: { a: 1 } };
  const bytes = encoded(item);
  expect(codec.decode(bytes, 0, bytes.length)).toEqual({ item, end: bytes.length });
});
