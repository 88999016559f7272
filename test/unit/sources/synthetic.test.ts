import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/core/message.js';
import { jsonBytes, PAD_MEMBER_BYTES, Padder } from '../../../src/sources/pad.js';
import { openSource } from '../../../src/sources/registry.js';
import type { SourceItem, SourceOptions } from '../../../src/sources/source.js';
import { nextPrice } from '../../../src/sources/synthetic/index.js';
import { contentHash, OPTIONS, take } from '../../support/source/sources.js';

async function trades(count: number, options: Partial<SourceOptions> = {}): Promise<SourceItem[]> {
  return take(await openSource('synthetic', { ...OPTIONS, ...options }), count);
}

function priceOf(item: SourceItem): number {
  return (item.value as { price: number }).price;
}

describe('the same seed gives the same feed', () => {
  test('twice the same seed: the same SHA-256 over 10,000 items, padded or not', async () => {
    for (const sizeBytes of [0, 256]) {
      expect(await contentHash('synthetic', { sizeBytes })).toBe(
        await contentHash('synthetic', { sizeBytes }),
      );
    }
  });

  test('the feed of seed 1 is pinned, so that results of different versions stay comparable', async () => {
    expect((await trades(3)).map(({ key, value }) => [key, value])).toMatchInlineSnapshot(`
      [
        [
          "AAPL",
          {
            "price": 209.54,
            "volume": 1700,
          },
        ],
        [
          "MSFT",
          {
            "price": 179.11,
            "volume": 600,
          },
        ],
        [
          "GOOG",
          {
            "price": 90.87,
            "volume": 500,
          },
        ],
      ]
    `);
    expect(await contentHash('synthetic')).toMatchInlineSnapshot(
      `"215a69db351a332cdfbf232012057efc295ca13b2c612eff3e2be6d9eda21b1a"`,
    );
  });

  test('another seed gives another feed', async () => {
    const hashes = await Promise.all(
      [1, 2, 3, -1].map((seed) => contentHash('synthetic', { seed })),
    );
    expect(new Set(hashes).size).toBe(4);
  });

  test('padding is that of the padder, character for character', async () => {
    for (const sizeBytes of [30, 38, 41, 44, 64]) {
      const padder = new Padder(sizeBytes, OPTIONS.seed);
      const plain = await trades(200);
      const padded = await trades(200, { sizeBytes });
      padded.forEach(({ value }, i) => {
        const { value: tick } = plain[i] as SourceItem;
        const gap = sizeBytes - jsonBytes(tick as JsonValue);
        // A gap smaller than the member is closed by zeros instead.
        if (gap > 0 && gap < PAD_MEMBER_BYTES) return;
        expect(value).toEqual(padder.pad(tick, jsonBytes(tick as JsonValue)));
      });
    }
  });

  test('pulled one by one it gives the items that iterating gives, from one place', async () => {
    const source = await openSource('synthetic', OPTIONS);
    const [first, second, third] = await trades(3);
    expect(source.pull?.()).toEqual(first);
    expect(await take(source, 1)).toEqual([second]);
    expect(source.pull?.()).toEqual(third);
    await source.close();
    expect(source.pull?.()).toBeUndefined();
  });

  test('padding changes no price and no volume where it has room', async () => {
    const strip = ({ key, value }: SourceItem) => {
      const { price, volume } = value as { price: number; volume: number };
      return { key, price, volume };
    };
    expect((await trades(500, { sizeBytes: 100 })).map(strip)).toEqual(
      (await trades(500)).map(strip),
    );
  });
});

test('symbols start with well-known tickers and go on as S0006, S0007, …', async () => {
  const keys = (await trades(7, { symbols: 7 })).map(({ key }) => key);
  expect(keys).toEqual(['AAPL', 'MSFT', 'GOOG', 'AMZN', 'IBM', 'S0006', 'S0007']);
});

test('in round-robin order every symbol comes at a steady pace, and prices walk as ever', async () => {
  const items = await trades(100, { symbols: 7, keyOrder: 'round-robin' });
  for (const [i, { key }] of items.entries()) expect(key).toBe(items[i % 7]!.key);
  expect(new Set(items.slice(0, 7).map(({ key }) => key)).size).toBe(7);
  expect(new Set(items.map(priceOf)).size).toBeGreaterThan(50);
  await expect(
    openSource('replay:x.csv', { ...OPTIONS, keyOrder: 'random' }),
  ).rejects.toMatchObject({ code: 'LAB_ERR_NO_EFFECT' });
});

test('the first N items visit each of the N symbols once, and later ones use no other symbol', async () => {
  const items = await trades(20_000, { symbols: 1_000 });
  const first = new Set(items.slice(0, 1_000).map(({ key }) => key));
  expect(first.size).toBe(1_000);
  expect(items.every(({ key }) => first.has(key))).toBe(true);
});

test('which symbol trades next is drawn evenly', async () => {
  const counts = new Map<string, number>();
  for (const { key } of await trades(50_000, { symbols: 5 }))
    counts.set(key, (counts.get(key) ?? 0) + 1);
  expect([...counts.values()].every((count) => Math.abs(count - 10_000) < 400)).toBe(true);
});

test('every price is a positive number of whole cents, every volume a round lot', async () => {
  const wrong = (await trades(50_000, { symbols: 3 })).filter(({ value }) => {
    const { price, volume } = value as { price: number; volume: number };
    const priced = price >= 1 && price < 10_000 && Number(price.toFixed(2)) === price;
    return !priced || !(volume >= 100 && volume <= 2_000 && volume % 100 === 0);
  });
  expect(wrong).toEqual([]);
});

test('at 1 and at 9,999 dollars the walk turns back', () => {
  expect(nextPrice(100, 0.5)).toBe(50);
  expect(nextPrice(1.25, 0.5)).toBe(2.5);
  expect(nextPrice(8_000, 2)).toBe(4_000);
});

test('relative price changes have mean 0 and a standard deviation of 0.05 %', async () => {
  const prices = (await trades(20_000, { symbols: 1 })).map(priceOf);
  const changes = prices.slice(1).map((price, i) => price / (prices[i] ?? Number.NaN) - 1);
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  const deviation = Math.sqrt(
    changes.reduce((sum, change) => sum + (change - mean) ** 2, 0) / changes.length,
  );
  expect(Math.abs(mean)).toBeLessThan(4 * (0.0005 / Math.sqrt(changes.length)));
  expect(deviation).toBeGreaterThan(0.00048);
  expect(deviation).toBeLessThan(0.00052);
});

test('every size from the natural one up is hit exactly; a longer tick is left as it is', async () => {
  for (let sizeBytes = 25; sizeBytes <= 60; sizeBytes++) {
    const natural = (await trades(300)).map(({ value }) => JSON.stringify(value).length);
    const padded = (await trades(300, { sizeBytes })).map(
      ({ value }) => JSON.stringify(value).length,
    );
    expect(padded).toEqual(natural.map((bytes) => Math.max(bytes, sizeBytes)));
  }
  const large = await trades(10, { sizeBytes: 64 * 1024 });
  expect(large.every(({ value }) => JSON.stringify(value).length === 64 * 1024)).toBe(true);
});

test('a widened volume is the same digits with zeros after them', async () => {
  const volumes = (items: SourceItem[]) =>
    items.map(({ value }) => (value as { volume: number }).volume);
  const natural = volumes(await trades(300));
  const widened = volumes(await trades(300, { sizeBytes: 33 }));
  expect(widened.some((volume, i) => volume !== natural[i])).toBe(true);
  expect(
    widened.every((volume, i) => /^10*$/.test(String(volume / (natural[i] ?? Number.NaN)))),
  ).toBe(true);
});

test('after close the iteration ends, and closing twice is safe', async () => {
  const source = await openSource('synthetic', OPTIONS);
  expect(await take(source, 5)).toHaveLength(5);
  await source.close();
  await source.close();
  expect(await take(source, 5)).toEqual([]);
});

test('a reader that stops and starts again goes on where it stopped', async () => {
  const source = await openSource('synthetic', OPTIONS);
  const parts = [...(await take(source, 7)), ...(await take(source, 13))];
  expect(parts).toEqual(await trades(20));
});

test('an argument is refused', async () => {
  await expect(openSource('synthetic:fast', OPTIONS)).rejects.toMatchObject({
    code: 'LAB_ERR_BAD_VALUE',
    message: "source synthetic takes no argument, got 'fast'",
  });
});
