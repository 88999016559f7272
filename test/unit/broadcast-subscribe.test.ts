/** What a subscriber asks for is what it gets: from a snapshot or a number on, its keys only, and never beyond the limits. */
import { describe, expect, it } from 'vitest';
import { feed, padded, range } from './support/broadcast-feed.js';
import { codeOf } from './support/code-of.js';
import { TinyEncoder } from './support/tiny-encoder.js';

describe('joining', () => {
  it('a new subscriber gets the newest value of every key in sequence order, then the live feed', () => {
    const { clock, broadcast, join } = feed();
    for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) broadcast.publish(key, 'v');
    const { sink, subscriber } = join();
    expect([subscriber.snapshotCount, subscriber.next]).toEqual([3, 7]);
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
    const { clock, publish, join } = feed({ retention: { messages: 4, bytes: 1e9 } });
    publish(10);
    const { sink, subscriber } = join({ fromSeq: 3 });
    clock.advance(1);
    publish(1);
    clock.advance(1);
    expect(sink.events).toEqual(['lagged:4', 7, 8, 9, 10, 11]);
    expect(sink.told).toEqual([{ missed: 4, next: 7 }]);
    expect(subscriber.dropped).toBe(4);
  });

  it('a replay is never silently short when another codec needs more bytes than the default one', () => {
    // The default codec keeps all of these in its bytes, this one about four: what it lacks must be told.
    const { clock, publish, join } = feed({ retention: { messages: 100, bytes: 60 } });
    join({ encoder: padded });
    publish(9);
    const { sink } = join({ encoder: padded, fromSeq: 1 });
    clock.advance(1);
    const missed = sink.told.reduce((sum, told) => sum + told.missed, 0);
    expect(missed).toBeGreaterThan(0);
    expect(sink.seqs).toEqual(range(missed + 1, 9));
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
    const { broadcast, join } = feed({ maxFilters: 1, retention: { messages: 1, bytes: 1e9 } });
    broadcast.publish('a', 'x'.repeat(50));
    broadcast.publish('b', 'short');
    // The snapshot of this filter holds a message that the codec cannot carry; its log no longer does.
    for (let i = 0; i < 3; i++) {
      expect(codeOf(() => join({ keys: ['a'], encoder: new TinyEncoder('narrow', 20) }))).toBe(
        'LAB_ERR_MESSAGE_TOO_LARGE',
      );
    }
    expect(codeOf(() => join({ policy: 'nonsense', keys: ['b'] }))).toBe('LAB_ERR_UNKNOWN_POLICY');
    expect(broadcast.counters.clients).toBe(0);
    expect(codeOf(() => join({ keys: ['b'] }))).toBe('nothing');
  });

  it('a codec first used after a limit was set keeps to it as well', () => {
    const { broadcast, join } = feed();
    broadcast.limitMessageBytes(20, 'a datagram');
    broadcast.publish('k', 'x'.repeat(15));
    const doubling = new (class extends TinyEncoder {
      override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
        return super.encode({ ...message, value: String(message.value).repeat(2) }, into, offset);
      }
    })('doubling');
    expect(codeOf(() => join({ encoder: doubling }))).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
  });
});
