import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hashFeed } from '../../../../bench/workload/feed-hash.js';
import { type FeedSpec, openFeed } from '../../../../bench/workload/feed-plan.js';
import type { SourceItem } from '../../../../src/sources/source.js';
import { ListSource, numbered } from '../../../support/source/list-source.js';
import { take, withFile } from '../../../support/source/sources.js';

const SPEC: FeedSpec = {
  source: 'synthetic',
  seed: 1,
  sizeBytes: 64,
  symbols: 5,
  ratePerSecond: 300,
  speed: 1,
  warmupMs: 0,
  durationMs: 500,
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the hash of a feed', () => {
  it('is the SHA-256 of keys and values in order, one JSON line each, whatever their times', async () => {
    const items: SourceItem[] = [
      { key: 'a', value: { price: 1.5 } },
      { key: 'é', value: Uint8Array.of(1, 2, 255) },
      { key: 'b', value: null, time: 12 },
    ];
    const lines = '["a",{"price":1.5}]\n["é",{"base64":"AQL/"}]\n["b",null]\n';
    expect(await hashFeed(new ListSource(items), 3)).toBe(sha256(lines));
  });

  it('differs when one value does, and when one message is missing', async () => {
    const plain = await hashFeed(new ListSource(numbered(9)), 9);
    const items = [...numbered(9)].with(4, { key: 'k', value: '5' });
    expect(await hashFeed(new ListSource(items), 9)).not.toBe(plain);
    expect(await hashFeed(new ListSource(numbered(9)), 8)).not.toBe(plain);
  });

  it('is of as many messages as were published and takes no more, of none as well', async () => {
    const source = new ListSource(numbered(5_000));
    const lines = [...numbered(2_500)].map(({ value }) => `["k",${value}]\n`);
    expect(await hashFeed(source, 2_500)).toBe(sha256(lines.join('')));
    expect(source.taken).toBe(2_500);
    expect(await hashFeed(new ListSource(numbered(5)), 0)).toBe(sha256(''));
  });

  it('lets the event loop have its turn in a long feed', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    await hashFeed(new ListSource(numbered(20_000)), 20_000);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(10);
  });
});

describe('a feed played again', () => {
  it('is the same from its first item on, however far the other one is, and neither takes from the other', async () => {
    const feed = await openFeed(SPEC);
    const before = await take(feed, 300);
    const again = feed.again!();
    expect(await take(again, 300)).toEqual(before);
    expect(await take(feed, 5)).toEqual(await take(again, 5));
  });

  it('of a recording is what was read, whatever has become of the file', async () => {
    const rows = 'time,key,value\n0,a,1\n10,b,2\n30,a,3\n';
    await withFile('feed.csv', rows, async (path) => {
      const feed = await openFeed({ ...SPEC, source: `replay:${path}?unit=ms` });
      const before = await take(feed, 8);
      writeFileSync(path, rows.replace('b,2', 'b,9'));
      expect(await take(feed.again!(), 8)).toEqual(before);
      const other = await openFeed({ ...SPEC, source: `replay:${path}?unit=ms` });
      expect(await hashFeed(other, 8)).not.toBe(await hashFeed(feed.again!(), 8));
    });
  });
});
