import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../src/core/message.js';
import { jsonBytes, Padder } from '../../../src/sources/pad.js';

function padTo(sizeBytes: number, value: JsonValue, seed = 1): unknown {
  return new Padder(sizeBytes, seed).pad(value, jsonBytes(value));
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

const QUOTE = { price: 219.68, note: 'Zürich €' };
const NATURAL = sizeOf(QUOTE);

test('a padded object is exactly the size asked for in UTF-8 bytes, from a gap of 6 bytes on', () => {
  const size = NATURAL + 300;
  // One for all gaps: what it pads with takes longer to make than to use.
  const padder = new Padder(size, 1);
  for (let gap = 6; gap <= 300; gap++) {
    const quote = { ...QUOTE, note: QUOTE.note + 'x'.repeat(300 - gap) };
    expect(sizeOf(padder.pad(quote, size - gap))).toBe(size);
  }
});

test('a gap of 1 to 5 bytes fits no member, so the object is left as it is', () => {
  for (let gap = 1; gap <= 5; gap++) expect(padTo(NATURAL + gap, QUOTE)).toEqual(QUOTE);
});

test('a gap of 6, 7 or 8 bytes is closed by an empty member with a shorter name than "pad"', () => {
  expect(padTo(NATURAL + 6, QUOTE)).toEqual({ ...QUOTE, '': '' });
  expect(padTo(NATURAL + 7, QUOTE)).toEqual({ ...QUOTE, p: '' });
  expect(padTo(NATURAL + 8, QUOTE)).toEqual({ ...QUOTE, pa: '' });
  expect(padTo(NATURAL + 9, QUOTE)).toEqual({ ...QUOTE, pad: '' });
});

test('an empty object pays no comma: it is exact from a gap of 5 bytes on', () => {
  expect(padTo(6, {})).toEqual({});
  for (let size = 7; size <= 40; size++) expect(sizeOf(padTo(size, {}))).toBe(size);
});

test('a member of the value is never overwritten: the next free name is taken, and with none the value is left', () => {
  const padded = padTo(60, { pad: 1, p: 2 });
  expect(padded).toMatchObject({ pad: 1, p: 2, pa: expect.any(String) });
  expect(sizeOf(padded)).toBe(60);
  const full = { pad: 1, pa: 2, p: 3, '': 4 };
  expect(padTo(100, full)).toEqual(full);
});

test('a member called __proto__ survives the padding', () => {
  const value = JSON.parse('{"__proto__":{"x":1},"y":2}') as JsonValue;
  expect(JSON.stringify(padTo(60, value))).toMatch(
    /^\{"__proto__":\{"x":1\},"y":2,"pad":"[\w-]+"\}$/,
  );
});

test('what is already long enough, and what is not an object, comes back as it is', () => {
  for (const value of [QUOTE, [1, 2], 'text', 7, true, null]) {
    expect(padTo(sizeOf(value), value)).toBe(value);
    expect(padTo(1, value)).toBe(value);
  }
  for (const value of [[1, 2], 'text', 7, true, null]) expect(padTo(500, value)).toBe(value);
  const bytes = new Uint8Array(3);
  expect(new Padder(500, 1).pad(bytes, 0)).toBe(bytes);
});

test('the same seed pads alike, another seed does not', () => {
  expect(padTo(200, QUOTE)).toEqual(padTo(200, QUOTE));
  expect(padTo(200, QUOTE, 2)).not.toEqual(padTo(200, QUOTE));
});

test('padding cannot be compressed below the 6 bits a character it holds, not even across messages', () => {
  const padder = new Padder(1024, 1);
  const pads = Array.from({ length: 500 }, () =>
    String((padder.pad({}, 2) as { pad: string }).pad),
  ).join('');
  expect(pads).toMatch(/^[\w-]+$/);
  expect(deflateRawSync(pads, { level: 9 }).length).toBeGreaterThan(pads.length * 0.75);
});

test('no stretch of padding comes again within a mebibyte', () => {
  const padder = new Padder(64 * 1024, 1);
  const pads = Array.from({ length: 40 }, () =>
    String((padder.pad({}, 2) as { pad: string }).pad),
  ).join('');
  for (let at = 0; at < pads.length; at += 99_991) {
    const again = pads.indexOf(pads.slice(at, at + 40), at + 1);
    expect(again < 0 || again >= at + 1024 * 1024).toBe(true);
  }
});
