import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG, wholeOption } from '../../../bench/config.js';
import { codecNames, loadCodec } from '../../../src/codecs/registry.js';
import { HEADER_BYTES } from '../../../src/transports/datagram/wire.js';
import { openOn, readAll } from '../../support/source/stdin.js';

function lengths(items: readonly { readonly value: unknown }[]): number[] {
  return items.map(({ value }) => (value as Uint8Array).length);
}

test('the values are bytes under one key, and put together they are the stream', async () => {
  const stream = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 31) & 0xff));
  const { items, skipped } = await readAll('bytes:752', [
    stream.subarray(0, 1_000),
    stream.subarray(1_000),
  ]);
  expect(new Set(items.map(({ key }) => key))).toEqual(new Set(['bytes']));
  for (const { value } of items) expect(value).toBeInstanceOf(Uint8Array);
  expect(Buffer.concat(items.map(({ value }) => value as Uint8Array)).equals(stream)).toBe(true);
  expect(skipped).toBe(0);
});

test('a value shares no memory with what was read', async () => {
  const chunk = Buffer.alloc(752, 'a');
  const { items } = await readAll('bytes', [chunk]);
  chunk.fill('b');
  expect(String(items[0]?.value)).toBe('a'.repeat(752));
});

describe('where the pieces end', () => {
  async function piecesOf(argument: string, writes: readonly number[]): Promise<number[]> {
    const input = new PassThrough();
    const items = (await openOn(argument, input))[Symbol.asyncIterator]();
    const pieces: number[] = [];
    for (const size of writes) {
      input.write(Buffer.alloc(size));
      for (let got = 0; got < size; ) {
        const { value } = await items.next();
        const [length = 0] = value === undefined ? [] : lengths([value]);
        pieces.push(length);
        got += length;
      }
    }
    input.end();
    expect((await items.next()).done).toBe(true);
    return pieces;
  }

  test('without an argument at multiples of 752 bytes, four packets of an MPEG transport stream', async () => {
    expect(await piecesOf('bytes', [2_000])).toEqual([752, 752, 496]);
  });

  test('a pause ends a piece early, and the next ends where the whole one would have', async () => {
    expect(await piecesOf('bytes:100', [30, 30, 50, 100, 100])).toEqual([
      30, 30, 40, 10, 90, 10, 90, 10,
    ]);
  });

  test('packets that are written whole stay whole, whatever the pauses', async () => {
    const writes = [1, 7, 2, 3, 1, 1, 4, 9].map((packets) => packets * 188);
    for (const length of await piecesOf('bytes:752', writes)) expect(length % 188).toBe(0);
  });
});

test.each<[number, Readonly<Record<string, number>>]>([
  [wholeOption(DEFAULT_CONFIG, 'datagramBytes') as number, { 'line-json': 801, msgpack: 1_117 }],
  [1_472, { 'line-json': 1_005, msgpack: 1_389 }],
])(
  'every codec fits the default piece into a datagram of %i bytes, and at most so many bytes: %o',
  async (datagramBytes, most) => {
    const room = datagramBytes - HEADER_BYTES;
    const scratch = Buffer.alloc(4_096);
    for (const name of codecNames()) {
      const codec = await loadCodec(name);
      const encoded = (bytes: number): number =>
        codec.encode(
          {
            seq: Number.MAX_SAFE_INTEGER,
            time: Number.MAX_SAFE_INTEGER,
            key: 'bytes',
            value: Buffer.alloc(bytes),
          },
          scratch,
          0,
        );
      expect(encoded(752), name).toBeLessThanOrEqual(room);
      const limit = most[name];
      if (limit === undefined) continue;
      expect(encoded(limit), name).toBeLessThanOrEqual(room);
      expect(encoded(limit + 1), name).toBeGreaterThan(room);
    }
  },
);
