import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../../bench/workload/read-ahead.js';
import type { SourceItem } from '../../../../src/sources/source.js';
import { ListSource, numbered, settled } from '../../../support/source/list-source.js';

async function takeAll(feed: ReadAhead): Promise<unknown[]> {
  const values: unknown[] = [];
  while (!feed.done) {
    const item = feed.peek();
    if (item === undefined) {
      await settled();
      continue;
    }
    values.push(item.value);
    feed.take();
  }
  return values;
}

describe('ReadAhead', () => {
  it('gives every item once and in order, over many refills', async () => {
    const feed = new ReadAhead(new ListSource(numbered(50_000)));
    await feed.primed;
    expect(await takeAll(feed)).toEqual(Array.from({ length: 50_000 }, (_, i) => i + 1));
  });

  it('reads no more than 8,192 items ahead, and reads on when half of them are taken', async () => {
    const source = new ListSource(numbered(100_000));
    const feed = new ReadAhead(source);
    await feed.primed;
    await settled();
    expect(source.taken).toBe(8_192);
    for (let i = 0; i < 4_096; i++) feed.take();
    await settled();
    expect(source.taken).toBe(8_192);
    feed.take();
    await settled();
    expect(source.taken).toBe(4_097 + 8_192);
  });

  it('an item stays the next one until it is taken', async () => {
    const feed = new ReadAhead(new ListSource(numbered(2)));
    await feed.primed;
    expect([feed.peek()?.value, feed.peek()?.value]).toEqual([1, 1]);
    feed.take();
    expect(feed.peek()?.value).toBe(2);
  });

  it('is done when the source has ended and everything was taken, not before', async () => {
    const feed = new ReadAhead(new ListSource(numbered(1)));
    await feed.primed;
    await settled();
    expect(feed.done).toBe(false);
    feed.take();
    expect(feed.done).toBe(true);
    expect(feed.peek()).toBeUndefined();
  });

  it('what the source throws is thrown after the items before it are used up', async () => {
    function* broken(): Generator<SourceItem> {
      yield { key: 'k', value: 1 };
      throw new Error('the file ended in the middle of a row');
    }
    const feed = new ReadAhead(new ListSource(broken()));
    await feed.primed;
    await settled();
    expect(feed.peek()?.value).toBe(1);
    feed.take();
    expect(() => feed.peek()).toThrow('in the middle of a row');
  });
});
