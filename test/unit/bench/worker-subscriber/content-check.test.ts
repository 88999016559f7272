import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ContentCheck } from '../../../../bench/worker-subscriber/content-check.js';
import type { Codec } from '../../../../src/codecs/codec.js';
import { loadCodec } from '../../../../src/codecs/registry.js';
import type { MessageValue } from '../../../../src/core/message.js';
import { planOf } from '../../../support/run/feed-plan.js';

const FIRST = 11;
const values: MessageValue[] = [{ price: 1.5 }, Uint8Array.of(1, 2, 255), 'é', null];
const lines = ['["k",{"price":1.5}]\n', '["k",{"base64":"AQL/"}]\n', '["k","é"]\n', '["k",null]\n'];
const plan = {
  ...planOf(FIRST, [0, 1, 2, 3]),
  checksum: Uint32Array.from(lines, (line) => crc32(line)),
};

/** Counts what it has to decode. */
function counting(codec: Codec): { readonly codec: Codec; readonly decoded: () => number } {
  let decoded = 0;
  const decode: Codec['decode'] = (bytes, start, end) => {
    decoded += 1;
    return codec.decode(bytes, start, end);
  };
  return { codec: { ...codec, decode }, decoded: () => decoded };
}

/** Message `at`, or one that pretends to be it, behind 7 bytes of something else. */
function encoded(
  codec: Codec,
  at: number,
  change: { key?: string; value?: MessageValue; seq?: number } = {},
) {
  const bytes = Buffer.alloc(200);
  const message = { seq: FIRST + at, time: 5, key: 'k', value: values[at]!, ...change };
  return { bytes, start: 7, end: codec.encode(message, bytes, 7) };
}

describe.each(['line-json', 'msgpack'])('ContentCheck of %s', async (name) => {
  const codec = await loadCodec(name);

  it('passes what was published: values, bytes and text', () => {
    const check = new ContentCheck(codec, plan);
    for (const at of values.keys()) {
      const { bytes, start, end } = encoded(codec, at);
      expect(check.passes(at, bytes, start, end)).toBe(true);
    }
  });

  it('refuses another key, another value, and another message in its place', () => {
    const check = new ContentCheck(codec, plan);
    for (const change of [{ key: 'K' }, { value: { price: 1.25 } }, { seq: FIRST + 1 }]) {
      const { bytes, start, end } = encoded(codec, 0, change);
      expect(check.passes(0, bytes, start, end)).toBe(false);
    }
  });

  it('finds a flipped bit anywhere in a value, whether or not the message was seen whole before', () => {
    for (const before of [false, true]) {
      const check = new ContentCheck(codec, plan);
      const { bytes, start, end } = encoded(codec, 0);
      if (before) check.passes(0, bytes, start, end);
      for (let at = end - 14; at < end; at++) {
        const copy = Buffer.from(bytes);
        copy[at]! ^= 1;
        expect([before, at, check.passes(0, copy, start, end)]).toEqual([before, at, false]);
      }
    }
  });

  it('decodes a message once, and the same bytes not again', () => {
    const { codec: counted, decoded } = counting(codec);
    const check = new ContentCheck(counted, plan);
    const { bytes, start, end } = encoded(codec, 2);
    for (let i = 0; i < 5; i++) expect(check.passes(2, bytes, start, end)).toBe(true);
    expect(decoded()).toBe(1);
  });

  it('what cannot be decoded is not what was published', () => {
    expect(new ContentCheck(codec, plan).passes(0, Buffer.alloc(40, 0xc1), 0, 40)).toBe(false);
    expect(new ContentCheck(codec, plan).passes(0, Buffer.alloc(0), 0, 0)).toBe(false);
  });
});

describe('ContentCheck', async () => {
  const check = new ContentCheck(await loadCodec('line-json'), plan);

  it('has every 512th message of a subscriber checked, the first of the window among them', () => {
    const checked: number[] = [];
    for (let at = 0; at < 2_000; at++) if (check.next(at, 0) === at) checked.push(at);
    expect(checked).toEqual([0, 512, 1_024, 1_536]);
  });

  it('eight subscribers take turns, so that every 64th message is checked by somebody', () => {
    const by = (index: number): number => check.next(0, index);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(by)).toEqual([0, 64, 128, 192, 256, 320, 384, 448]);
    expect([8, 9, 800].map(by)).toEqual([0, 64, 0]);
  });

  it('the next one is never before, and never further than 512', () => {
    for (let index = 0; index < 9; index++) {
      for (let at = 0; at < 1_100; at++) {
        const next = check.next(at, index);
        expect(next).toBeGreaterThanOrEqual(at);
        expect(next).toBeLessThan(at + 512);
        expect(check.next(next, index)).toBe(next);
      }
    }
  });
});
