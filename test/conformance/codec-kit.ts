import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CodecFactory } from '../../src/codecs/codec.js';
import type { Message, MessageValue } from '../../src/core/message.js';
import {
  canonical,
  controls,
  encodeItem,
  encodeItems,
  type Item,
  items,
  labErrorOf,
  messages,
  walkByDecode,
  walkByScan,
} from '../support/conformance/codec-support.js';

const message: Message = {
  seq: 1,
  time: 1_795_287_600_123_456,
  key: 'AAPL',
  value: { price: 219.68, volume: 100 },
};
const stream: readonly Item[] = [
  {
    control: 'welcome',
    protocol: 1,
    codec: 'x',
    epoch: '0123456789abcdef',
    next: 2,
    oldest: 1,
    snapshot: 1,
    heartbeat_ms: 1000,
  },
  message,
  { ...message, seq: 300, key: 'Überß ✓ 😀', value: Buffer.from([0, 10, 13, 34, 193, 255]) },
  { control: 'lagged', missed: 3, next: 304 },
  { ...message, seq: 70_000, value: [null, true, 'line\nbreak', { control: 'end', seq: 1 }] },
  { control: 'heartbeat', next: 70_001 },
  { control: 'end', reason: 'closed' },
];

/** The laws of src/codecs/codec.ts. Call it once for each codec. */
export function describeCodec(name: string, create: CodecFactory): void {
  describe(`codec ${name}`, () => {
    const codec = create();

    test('has the name it is registered under, and a limit of 1 MiB', () => {
      expect(codec.name).toBe(name);
      expect(codec.maxMessageBytes).toBe(1_048_576);
    });

    test('decode gives back every message that encode accepts', () => {
      fc.assert(
        fc.property(messages, (sent) => {
          const bytes = encodeItems(codec, [sent]);
          const decoded = codec.decode(bytes, 0, bytes.length);
          expect(decoded?.end).toBe(bytes.length);
          expect(canonical(decoded!.item)).toBe(canonical(sent));
        }),
        { numRuns: 1000 },
      );
    });

    test('decode gives back every control message, and scan tells it from data', () => {
      fc.assert(
        fc.property(controls, (sent) => {
          const bytes = encodeItems(codec, [sent]);
          expect(canonical(codec.decode(bytes, 0, bytes.length)!.item)).toBe(canonical(sent));
          expect(walkByScan(codec, bytes).visits).toEqual([`control [0, ${bytes.length})`]);
        }),
      );
    });

    test('a value or key that looks like a control message is data', () => {
      for (const value of [
        { control: 'end', reason: 'closed' },
        'control',
        ['control'],
        { seq: 9, time: 9 },
      ]) {
        const bytes = encodeItems(codec, [{ ...message, key: 'control', value }]);
        expect(walkByScan(codec, bytes).visits).toEqual([
          `message 1 ${message.time} [0, ${bytes.length})`,
        ]);
        expect(codec.decode(bytes, 0, bytes.length)?.item).toEqual({
          ...message,
          key: 'control',
          value,
        });
      }
    });

    test('scan visits exactly what repeated decode gives, in order', () => {
      fc.assert(
        fc.property(items, fc.nat({ max: 20 }), (list, before) => {
          const bytes = Buffer.concat([Buffer.alloc(before, 0xaa), encodeItems(codec, list)]);
          const decoded = walkByDecode(codec, bytes, before);
          expect(decoded.items.map(canonical)).toEqual(list.map(canonical));
          expect(walkByScan(codec, bytes, before)).toEqual({
            visits: decoded.visits,
            end: bytes.length,
            error: undefined,
          });
        }),
      );
    });

    test('wherever a stream is cut, scan and decode stop at the last whole item', () => {
      const bytes = encodeItems(codec, stream);
      const ends = stream.map((_, i) => encodeItems(codec, stream.slice(0, i + 1)).length);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const whole = ends.filter((end) => end <= cut);
        // A view without slack, then the whole buffer with `end` set: what follows `end` must not
        // matter.
        for (const walk of [walkByScan, walkByDecode]) {
          for (const data of [bytes.subarray(0, cut), bytes]) {
            const found = walk(codec, data, 0, cut);
            expect(found).toMatchObject({ end: whole.at(-1) ?? 0, error: undefined });
            expect(found.visits).toHaveLength(whole.length);
          }
        }
      }
    });

    test('pieces of any size give the same items when the tail is kept', () => {
      fc.assert(
        fc.property(
          items,
          fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }),
          (list, sizes) => {
            const bytes = encodeItems(codec, list);
            const found: string[] = [];
            let tail = Buffer.alloc(0);
            for (let at = 0, i = 0; at < bytes.length; i++) {
              const next = at + sizes[i % sizes.length]!;
              const data = Buffer.concat([tail, bytes.subarray(at, next)]);
              const end = codec.scan(data, 0, data.length, {
                message: (_seq, from, to) =>
                  found.push(canonical(codec.decode(data, from, to)!.item)),
                control: (from, to) => found.push(canonical(codec.decode(data, from, to)!.item)),
              });
              tail = data.subarray(end);
              at = next;
            }
            expect(tail).toHaveLength(0);
            expect(found).toEqual(list.map(canonical));
          },
        ),
      );
    });

    test('what stands at and after `end` makes no difference', () => {
      fc.assert(
        fc.property(items, fc.nat(), fc.uint8Array({ maxLength: 64 }), (list, where, after) => {
          const bytes = encodeItems(codec, list);
          const end = where % (bytes.length + 1);
          const poisoned = Buffer.concat([bytes.subarray(0, end), after]);
          const alone = bytes.subarray(0, end);
          expect(walkByScan(codec, poisoned, 0, end)).toEqual(walkByScan(codec, alone));
          expect(walkByDecode(codec, poisoned, 0, end).items.map(canonical)).toEqual(
            walkByDecode(codec, alone).items.map(canonical),
          );
        }),
      );
    });

    test('encode says −1 exactly when the room is too short, and writes nothing outside it', () => {
      for (const item of stream) {
        const length = encodeItems(codec, [item]).length;
        for (let room = 0; room <= length + 3; room++) {
          const around = Buffer.alloc(length + 20, 0xaa);
          const into = around.subarray(0, 7 + room);
          expect(encodeItem(codec, item, into, 7)).toBe(room < length ? -1 : 7 + length);
          expect(around.subarray(0, 7).equals(Buffer.alloc(7, 0xaa))).toBe(true);
          expect(
            around
              .subarray(7 + Math.min(room, length))
              .every((byte) => byte === 0xaa || room < length),
          ).toBe(true);
          expect(around.subarray(7 + room).every((byte) => byte === 0xaa)).toBe(true);
        }
      }
    });

    test('garbage gives a LabError or nothing, and never a range outside what was offered', () => {
      const valid = encodeItems(codec, stream);
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .tuple(fc.nat({ max: valid.length }), fc.uint8Array({ maxLength: 60 }))
          .map(([cut, rest]) => Buffer.concat([valid.subarray(0, cut), rest])),
      );
      fc.assert(
        fc.property(garbage, (bytes) => expectAgreement(Buffer.from(bytes))),
        { numRuns: 2000 },
      );
    });

    test('a flipped bit gives a LabError or other items, and scan agrees with decode as far as decode goes', () => {
      const valid = encodeItems(codec, stream);
      for (let bit = 0; bit < valid.length * 8; bit++) {
        const bytes = Buffer.from(valid);
        bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
        expectAgreement(bytes);
      }
    });

    /**
     * Whatever decode accepts, scan visits just so. Scan may go on where decode refuses a value it
     * did not look at.
     */
    function expectAgreement(bytes: Buffer): void {
      const decoded = walkByDecode(codec, bytes);
      const scanned = walkByScan(codec, bytes);
      expect(scanned.visits.slice(0, decoded.visits.length)).toEqual(decoded.visits);
      expect(scanned.end).toBeLessThanOrEqual(bytes.length);
      if (decoded.error === undefined) {
        expect(scanned).toEqual({ visits: decoded.visits, end: decoded.end, error: undefined });
      } else {
        expect(['LAB_ERR_MALFORMED', 'LAB_ERR_MESSAGE_TOO_LARGE']).toContain(decoded.error.code);
      }
    }

    test('a message of exactly maxMessageBytes passes; with a limit one lower it is LAB_ERR_MESSAGE_TOO_LARGE', () => {
      for (const item of stream) {
        const bytes = encodeItems(codec, [item]);
        const exact = create({ maxMessageBytes: bytes.length });
        expect(encodeItem(exact, item, Buffer.alloc(bytes.length), 0)).toBe(bytes.length);
        expect(walkByDecode(exact, bytes)).toMatchObject({ end: bytes.length, error: undefined });
        expect(walkByScan(exact, bytes)).toMatchObject({ end: bytes.length, error: undefined });

        const low = create({ maxMessageBytes: bytes.length - 1 });
        const room = Buffer.alloc(bytes.length + 10);
        for (const action of [
          () => encodeItem(low, item, room, 0),
          // Short of room as well: −1 would make the caller come again with more, in vain.
          () => encodeItem(low, item, room.subarray(0, 4), 0),
          () => low.decode(bytes, 0, bytes.length),
          () => low.scan(bytes, 0, bytes.length, { message: () => {}, control: () => {} }),
          // Incomplete, and yet as long as is allowed.
          () => low.decode(bytes, 0, bytes.length - 1),
          () => low.scan(bytes, 0, bytes.length - 1, { message: () => {}, control: () => {} }),
        ]) {
          expect(labErrorOf(action)?.code).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
        }
      }
    });

    test('an unfinished message is never longer than maxMessageBytes, whatever its bytes', () => {
      const limit = 64;
      const small = create({ maxMessageBytes: limit });
      const valid = encodeItems(codec, [{ ...message, value: 'x'.repeat(200) }]);
      const tails = fc
        .tuple(fc.nat({ max: limit }), fc.uint8Array({ minLength: limit * 2 }))
        .map(([cut, rest]) => Buffer.concat([valid.subarray(0, cut), rest]));
      fc.assert(
        fc.property(tails, (bytes) => {
          const walk = walkByScan(small, bytes);
          if (walk.error === undefined) expect(bytes.length - walk.end).toBeLessThan(limit);
        }),
      );
    });

    test.each<[string, Partial<Record<keyof Message, unknown>>]>([
      ['seq 0', { seq: 0 }],
      ['seq 1.5', { seq: 1.5 }],
      ['seq 2^53', { seq: 2 ** 53 }],
      ['seq as text', { seq: '1' }],
      ['a negative time', { time: -1 }],
      ['a fractional time', { time: 0.5 }],
      ['time NaN', { time: Number.NaN }],
      ['no key', { key: undefined }],
      ['a key with a lone surrogate', { key: 'a\ud800' }],
      ['no value', { value: undefined }],
      ['NaN', { value: { a: [Number.NaN] } }],
      ['Infinity', { value: Number.POSITIVE_INFINITY }],
      ['an undefined member', { value: { a: undefined } }],
      ['a hole in an array', { value: new Array(2) }],
      ['a bigint', { value: 1n }],
      ['a function', { value: { toJSON: () => 1 } }],
      ['a Date', { value: new Date(0) }],
      ['a Map', { value: new Map() }],
      ['bytes inside a JSON value', { value: { a: Buffer.from('x') } }],
      ['a lone surrogate', { value: ['\udc00'] }],
      ['a lone surrogate in a member name', { value: { '\ud83d': 1 } }],
      ['129 levels of nesting', { value: nested(129) }],
    ])('%s is LAB_ERR_MESSAGE_INVALID', (_name, change) => {
      const broken = { ...message, ...change } as unknown as Message;
      expect(labErrorOf(() => codec.encode(broken, Buffer.alloc(4096), 0))?.code).toBe(
        'LAB_ERR_MESSAGE_INVALID',
      );
    });

    test('a control message with a member missing or out of range is LAB_ERR_MESSAGE_INVALID', () => {
      for (const broken of [
        { control: 'lagged', missed: 1 },
        { control: 'heartbeat', next: -1 },
        { control: 'toString' },
      ]) {
        const action = (): unknown => codec.encodeControl(broken as never, Buffer.alloc(256), 0);
        expect(labErrorOf(action)?.code).toBe('LAB_ERR_MESSAGE_INVALID');
      }
    });

    test('128 levels of nesting, and strings and lists of every length format, arrive unchanged', () => {
      const lengths = [0, 1, 15, 16, 31, 32, 63, 64, 65, 255, 256, 65_535, 65_536, 70_000];
      const values: MessageValue[] = [
        nested(128),
        ...lengths.map((length) => 'x'.repeat(length)),
        ...lengths.map((length) => `\ufeff${'é'.repeat(length)}`),
        ...lengths.map((length) => Buffer.alloc(length, 0xc1)),
        ...lengths.map((length) => new Array<number>(length).fill(7)),
        ...lengths.map((length) =>
          Object.fromEntries(Array.from({ length }, (_, i) => [`m${i}`, i])),
        ),
        '\ufffd',
      ];
      for (const value of values) {
        const key = typeof value === 'string' ? value : 'k';
        const bytes = encodeItems(codec, [{ ...message, key, value }]);
        expect(canonical(codec.decode(bytes, 0, bytes.length)!.item)).toBe(
          canonical({ ...message, key, value }),
        );
        expect(walkByScan(codec, bytes).end).toBe(bytes.length);
      }
    });

    test('member names that mean something to JavaScript are members like any other', () => {
      const value = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toJSON":1,"hasOwnProperty":2,"length":3,"then":4}',
      ) as MessageValue;
      const bytes = encodeItems(codec, [{ ...message, value }]);
      const { item } = codec.decode(bytes, 0, bytes.length)!;
      expect(canonical(item)).toBe(canonical({ ...message, value }));
      expect(Object.getPrototypeOf((item as Message).value)).toBe(Object.prototype);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    test('a decoded message is a copy: the read buffer may be used again', () => {
      const value = { text: 'a'.repeat(100) };
      for (const sent of [
        { ...message, value },
        { ...message, value: Buffer.alloc(5000, 1) },
      ]) {
        const bytes = encodeItems(codec, [sent]);
        const decoded = codec.decode(bytes, 0, bytes.length)!;
        bytes.fill(0);
        expect(canonical(decoded.item)).toBe(canonical(sent));
      }
    });

    test('what a visitor throws ends the scan and reaches the caller', () => {
      const bytes = encodeItems(codec, [message, message]);
      const stop = new Error('enough');
      const visitor = {
        message: () => {
          throw stop;
        },
        control: () => {},
      };
      expect(() => codec.scan(bytes, 0, bytes.length, visitor)).toThrow(stop);
    });

    test.each([0, -1, 1.5, Number.NaN, 2 ** 40])(
      'maxMessageBytes %d is LAB_ERR_BAD_VALUE',
      (maxMessageBytes) => {
        expect(labErrorOf(() => create({ maxMessageBytes }))?.code).toBe('LAB_ERR_BAD_VALUE');
      },
    );
  });
}

/** A value `levels` arrays deep. */
function nested(levels: number): MessageValue {
  let value: MessageValue = [];
  for (let i = 1; i < levels; i++) value = [value];
  return value;
}
