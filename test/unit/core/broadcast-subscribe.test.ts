/**
 * What a subscriber asks for is what it gets: from a snapshot or a number on, its keys only, and
 * never beyond the limits.
 */
import { describe, expect, it } from 'vitest';
import { feed, padded, range } from '../../support/core/broadcast-feed.js';
import { codeOf } from '../../support/core/code-of.js';
import { TinyEncoder } from '../../support/core/tiny-encoder.js';

describe('joining', () => {
  it('a new subscriber gets the newest value of every key in sequence order, then the live feed', () => {
    const { clock, broadcast, join } = feed();
    for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) broadcast.publish(key, 'v');
    const { sink, subscriber } = join();
    expect([subscriber.snapshotCount, subscriber.next]).toEqual([3, 7]);
    clock.advance(1);
    broadcast.publish('b', 'v');
    clock.advance(1);
    expect(sink.seqs).toEqual([4, 5, 6, 7]);
  });

  it('the snapshot outlives retention', () => {
    const { clock, broadcast, publish, join } = feed({ retention: { messages: 2, bytes: 1e9 } });
    broadcast.publish('rare', 'v');
    publish(10);
    const { sink } = join();
    clock.advance(1);
    expect(sink.events).toEqual([1, 11]);
  });

  it('fromSeq replays what is retained instead of a snapshot', () => {
    const { clock, publish, join } = feed();
    publish(10);
    const { sink, subscriber } = join({ fromSeq: 7 });
    publish(1);
    clock.advance(1);
    expect(sink.seqs).toEqual([7, 8, 9, 10, 11]);
    expect([subscriber.next, subscriber.snapshotCount, sink.told.length]).toEqual([7, 0, 0]);
  });

  it('fromSeq beyond the head means: from the next message on', () => {
    const { clock, publish, join } = feed();
    publish(2);
    const { sink, subscriber } = join({ fromSeq: 1_000 });
    publish(2);
    clock.advance(1);
    expect([subscriber.next, sink.seqs]).toEqual([3, [3, 4]]);
  });

  it('fromSeq before retention is told as lagged once, with the exact count', () => {
    const { clock, broadcast, publish, join } = feed({ retention: { messages: 4, bytes: 1e9 } });
    publish(10);
    const { sink, subscriber } = join({ fromSeq: 3 });
    clock.advance(1);
    publish(1);
    clock.advance(1);
    expect(sink.events).toEqual(['lagged:4', 7, 8, 9, 10, 11]);
    expect(sink.told).toEqual([{ missed: 4, next: 7 }]);
    // No policy dropped them: they were gone before it joined.
    expect([subscriber.dropped, sink.skips, broadcast.counters.truncatedReplays]).toEqual([
      0,
      [],
      1,
    ]);
  });

  it('a replay has all that is retained, also where the log of another codec holds less', () => {
    // The default codec keeps all of these in its bytes, this one about four.
    const { clock, publish, join } = feed({ retention: { messages: 100, bytes: 60 } });
    join({ encoder: padded });
    publish(9);
    const { sink } = join({ encoder: padded, fromSeq: 1 });
    clock.advance(1);
    publish(1);
    clock.advance(1);
    expect([sink.seqs, sink.told]).toEqual([range(1, 10), []]);
  });

  it('a replay through a filter counts as missed only what lies before the reach of the filtered log', () => {
    const { clock, broadcast, join } = feed({ retention: { messages: 3, bytes: 1e9 } });
    join({ keys: ['a'] });
    for (const key of ['a', 'b', 'b', 'b', 'b', 'a', 'b', 'b', 'b']) broadcast.publish(key, 'v');
    const { sink } = join({ keys: ['a'], fromSeq: 1 });
    clock.advance(1);
    expect(sink.events).toEqual([1, 6]);
  });
});

describe('filters', () => {
  it('a filtered subscriber gets its keys only, in the snapshot and live', () => {
    const { clock, broadcast, join } = feed();
    for (const key of ['a', 'b', 'c', 'a']) broadcast.publish(key, 'v');
    const { sink } = join({ keys: ['a', 'c'] });
    clock.advance(1);
    for (const key of ['b', 'a', 'b', 'c']) broadcast.publish(key, 'v');
    clock.advance(1);
    expect(sink.seqs).toEqual([3, 4, 6, 8]);
  });

  it('an overrun of a filtered subscriber counts its own messages, not the others', () => {
    const { clock, broadcast, join } = feed({ retention: { messages: 2, bytes: 1e9 } });
    const { sink } = join({ keys: ['a'] });
    sink.blocked = true;
    for (const key of ['a', 'b', 'b', 'a', 'b', 'a', 'a', 'b']) broadcast.publish(key, 'v');
    sink.blocked = false;
    clock.advance(1);
    expect(sink.events).toEqual(['lagged:2', 6, 7]);
  });
});

describe('limits', () => {
  it('refuses one client too many, and a leaver frees its place', () => {
    const { broadcast, join } = feed({ maxClients: 2 });
    const { subscriber } = join();
    join();
    expect(codeOf(() => join())).toBe('LAB_ERR_MAX_CLIENTS');
    broadcast.unsubscribe(subscriber);
    broadcast.unsubscribe(subscriber);
    expect(broadcast.counters.clients).toBe(1);
    expect(codeOf(() => join())).toBe('nothing');
    expect(codeOf(() => join())).toBe('LAB_ERR_MAX_CLIENTS');
  });

  it('allows exactly maxFilters different filters, and one that nobody uses frees its place', () => {
    const { broadcast, join } = feed({ maxFilters: 2 });
    const first = join({ keys: ['a'] });
    const again = join({ keys: ['a'] });
    join({ keys: ['b', 'c'] });
    join({ keys: ['c', 'b', 'c'] });
    expect(codeOf(() => join({ keys: ['d'] }))).toBe('LAB_ERR_MAX_FILTERS');
    expect(codeOf(() => join())).toBe('nothing');
    broadcast.unsubscribe(first.subscriber);
    expect(codeOf(() => join({ keys: ['d'] }))).toBe('LAB_ERR_MAX_FILTERS');
    broadcast.unsubscribe(again.subscriber);
    expect(codeOf(() => join({ keys: ['d'] }))).toBe('nothing');
  });

  it('a filter of the same keys in another codec counts as one more', () => {
    const { join } = feed({ maxFilters: 1 });
    join({ keys: ['a'] });
    expect(codeOf(() => join({ keys: ['a'], encoder: new TinyEncoder('other') }))).toBe(
      'LAB_ERR_MAX_FILTERS',
    );
    expect(codeOf(() => join({ encoder: new TinyEncoder('other') }))).toBe('nothing');
  });

  it('a refused subscription leaves nothing behind', () => {
    const { broadcast, join } = feed({ maxFilters: 1 });
    expect(codeOf(() => join({ policy: 'nonsense', keys: ['b'] }))).toBe('LAB_ERR_UNKNOWN_POLICY');
    expect(broadcast.counters.clients).toBe(0);
    expect(codeOf(() => join({ keys: ['b'] }))).toBe('nothing');
  });
});
