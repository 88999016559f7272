import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAll } from '../../support/source/stdin.js';

/** The same bytes in chunks that end at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  fc.jsonValue({ maxDepth: 2 }).map((value) => Buffer.from(JSON.stringify({ key: 'k', value }))),
  fc
    .constantFrom('\n', '\r\n', '\r', '\n\n', '\ufeff', '{"v":1e400}', '[', '{')
    .map((text) => Buffer.from(text)),
);
const input = fc.array(piece, { maxLength: 20 }).map((pieces) => Buffer.concat(pieces));

test('lines do not depend on how the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(input, fc.array(fc.nat(), { maxLength: 8 }), async (bytes, places) => {
      const whole = await readAll(
        'lines',
        [bytes].filter(({ length }) => length > 0),
      );
      const chunks = cut(bytes, places).filter(({ length }) => length > 0);
      expect(await readAll('lines', chunks)).toEqual(whole);
      const single = Array.from(bytes, (byte) => Buffer.of(byte));
      expect(await readAll('lines', single)).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

test('a stream cut at every single position gives the same lines', async () => {
  const bytes = Buffer.from('{"key":"Zürich","value":"€"}\r\nплюс\n\n{"v":1e400}\n🙂');
  const whole = await readAll('lines', [bytes]);
  expect(whole.items).toHaveLength(3);
  for (let at = 1; at < bytes.length; at++) {
    expect(await readAll('lines', [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  }
});

test('bytes come out as they went in, however they are cut, and never in larger pieces than asked for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.integer({ min: 1, max: 500 }),
      async (array, places, size) => {
        const bytes = Buffer.from(array);
        const chunks = cut(bytes, places).filter(({ length }) => length > 0);
        const { items } = await readAll(`bytes:${size}`, chunks);
        const values = items.map(({ value }) => value as Uint8Array);
        expect(Buffer.concat(values).equals(bytes)).toBe(true);
        for (const { length } of values) expect(length > 0 && length <= size).toBe(true);
        let at = 0;
        const ends = new Set(values.map(({ length }) => (at += length)));
        for (let end = size; end <= bytes.length; end += size) expect(ends.has(end)).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
