import { describe, expect, it } from 'vitest';
import { Broadcast, type BroadcastOptions, type SubscribeRequest } from '../../src/core/broadcast.js';
import type { Subscriber } from '../../src/core/subscriber.js';
import { codeOf } from './support/code-of.js';
import { FakeClock } from './support/fake-clock.js';
import { RecordingSink } from './support/recording-sink.js';
import { TinyEncoder } from './support/tiny-encoder.js';

const tiny = new TinyEncoder();

function feed(options: Partial<BroadcastOptions> = {}) {
  const clock = new FakeClock();
  const broadcast = new Broadcast({ clock, encoder: tiny, ...options });
  const publish = (count: number, key = 'k'): void => {
    for (let i = 0; i < count; i++) broadcast.publish(key, 'v');
  };
  const join = (request: Partial<SubscribeRequest> = {}, sink = new RecordingSink()) => ({
    sink,
    subscriber: broadcast.subscribe({ encoder: tiny, ...request }, sink),
  });
  return { clock, broadcast, publish, join };
}

/** Another codec, whose messages are 9 bytes longer. */
const padded = new (class extends TinyEncoder {
  override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
    return super.encode({ ...message, value: `${String(message.value)}${'+'.repeat(9)}` }, into, offset);
  }
})('padded');

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('publishing', () => {
  it('numbers messages 1, 2, 3, … and counts their bytes', () => {
    const { broadcast } = feed();
    expect([broadcast.publish('a', 1), broadcast.publish('b', 2), broadcast.next]).toEqual([1, 2, 3]);
    expect(broadcast.counters).toMatchObject({ published: 2, publishedBytes: '1|a|1\n2|b|2\n'.length });
  });

  it('counts the bytes of its own codec, whatever others are in use', () => {
    const { broadcast, join } = feed();
    join({ encoder: padded });
    broadcast.publish('k', 'v');
    expect(broadcast.counters.publishedBytes).toBe('1|k|v\n'.length);
  });

  it('stamps a message with whole microseconds of its clock, unless told the time', () => {
    const stamps: number[] = [];
    const noting = new (class extends TinyEncoder {
      override encode(...[message, into, offset]: Parameters<TinyEncoder['encode']>): number {
        stamps.push(message.time);
        return super.encode(message, into, offset);
      }
    })();
    const clock = new FakeClock(1_700_000_000_000_000.5);
    const broadcast = new Broadcast({ clock, encoder: noting });
    broadcast.publish('k', 1);
    broadcast.publish('k', 1, 42);
    expect(stamps).toEqual([1_700_000_000_000_000, 42]);
  });

  it('everything published after subscribe is delivered once and in order', () => {
    const { clock, publish, join } = feed();
    publish(3);
    const { sink } = join({ fromSeq: 4 });
    for (let turn = 0; turn < 20; turn++) {
      publish(turn);
      clock.advance(1);
    }
    expect(sink.seqs).toEqual(range(4, 3 + 190));
    expect(sink.told).toEqual([]);
  });

  it('a message that one codec refuses enters none, and the number it would have had is used by the next', () => {
    const { broadcast, clock, join } = feed();
    const wide = join();
    const narrow = join({ encoder: new TinyEncoder('narrow', 20) });
    broadcast.publish('k', 'short');
    expect(codeOf(() => broadcast.publish('k', 'x'.repeat(30)))).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
    expect(broadcast.publish('k', 'again')).toBe(2);
    clock.advance(1);
    expect([wide.sink.seqs, narrow.sink.seqs]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(broadcast.counters.published).toBe(2);
  });

  it('refuses what a transport cannot carry, by the encoded length, and publishes nothing then', () => {
    const { broadcast } = feed();
    broadcast.limitMessageBytes(10, 'a datagram');
    broadcast.limitMessageBytes(99, 'a bigger one');
    const exact = 'x'.repeat(10 - '1|k|\n'.length);
    expect(codeOf(() => broadcast.publish('k', `${exact}x`))).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
    expect(broadcast.publish('k', exact)).toBe(1);
  });

  it('subscribers in step get the same Buffer object', () => {
    const { clock, publish, join } = feed();
    const sinks = range(1, 5).map(() => join().sink);
    publish(4);
    clock.advance(1);
    const [first, ...others] = sinks.map(({ slices }) => slices[0]?.bytes);
    expect(first?.length).toBeGreaterThan(0);
    for (const other of others) expect(other).toBe(first);
  });
});

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

describe('overload', () => {
  it('drop-oldest: dropped equals the number of overwritten messages', () => {
    const { clock, publish, join } = feed({ retention: { messages: 8, bytes: 1e9 } });
    const { sink, subscriber } = join();
    sink.blocked = true;
    publish(100);
    clock.advance(1);
    expect(subscriber.lag).toBe(100);
    sink.blocked = false;
    publish(1);
    clock.advance(1);
    expect(sink.events).toEqual(['lagged:93', ...range(94, 101)]);
    expect(subscriber.dropped).toBe(93);
  });

  it('disconnect ends with LAB_ERR_LAGGED even when the subscriber is blocked and never reads, and is counted', () => {
    const { clock, broadcast, publish, join } = feed({ retention: { messages: 8, bytes: 1e9 } });
    const { sink } = join({ policy: 'disconnect' });
    sink.blocked = true;
    publish(8);
    clock.advance(1);
    expect(sink.ends).toEqual([]);
    publish(1);
    clock.advance(1);
    expect(sink.ends).toEqual(['LAB_ERR_LAGGED']);
    clock.advance(1_000);
    expect(broadcast.counters.cut).toBe(1);
  });

  it('a slow subscriber costs the others nothing', () => {
    const { clock, broadcast, publish, join } = feed({ retention: { messages: 8, bytes: 1e9 } });
    const slow = join();
    slow.sink.blocked = true;
    const fast = join();
    for (let turn = 0; turn < 20; turn++) {
      publish(5);
      clock.advance(1);
    }
    expect(fast.sink.seqs).toEqual(range(1, 100));
    expect(broadcast.backlog).toBe(100);
  });

  it('the default policy of the server applies to those that ask for none', () => {
    const { subscriber } = feed({ policy: 'disconnect' }).join();
    expect(subscriber.policy.name).toBe('disconnect');
    expect(codeOf(() => feed({ policy: 'nonsense' }))).toBe('LAB_ERR_UNKNOWN_POLICY');
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

describe('flushing', () => {
  it.each([1, 2, 3, 6, 8, 10])('offers to each of %d subscribers once, each first equally often', (count) => {
    const { broadcast } = feed();
    const firsts = new Array<number>(count).fill(0);
    let round: number[] = [];
    for (let i = 0; i < count; i++) {
      const sink = new RecordingSink();
      sink.flush = () => void round.push(i);
      broadcast.subscribe({ encoder: tiny }, sink);
    }
    const rounds = 60 * count;
    for (let turn = 0; turn < rounds; turn++) {
      round = [];
      broadcast.flush();
      expect([...round].sort((a, b) => a - b)).toEqual(range(0, count - 1));
      const first = round[0] as number;
      firsts[first] = (firsts[first] ?? 0) + 1;
    }
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(58);
  });

  it('unsubscribing oneself or another during a flush is safe, and the other is offered nothing', () => {
    const { clock, broadcast, publish } = feed();
    const members: { sink: RecordingSink; subscriber: Subscriber }[] = [];
    for (let i = 0; i < 6; i++) {
      const sink = new RecordingSink();
      const subscriber = broadcast.subscribe({ encoder: tiny }, sink);
      members.push({ sink, subscriber });
    }
    const killer = members[2] as (typeof members)[number];
    killer.sink.flush = () => {
      for (const { subscriber, sink } of members) {
        if (sink !== members[5]?.sink) broadcast.unsubscribe(subscriber);
      }
    };
    publish(1);
    clock.advance(1);
    expect(broadcast.counters.clients).toBe(1);
    publish(1);
    clock.advance(1);
    expect(members[5]?.sink.seqs).toEqual([1, 2]);
    for (const { sink } of members.slice(0, 5)) expect(sink.seqs).not.toContain(2);
  });

  it('a subscriber that joins during a flush is served by the next one', () => {
    const { clock, broadcast, publish, join } = feed();
    const late = new RecordingSink();
    const { sink } = join();
    sink.flush = () => {
      sink.flush = () => {};
      broadcast.subscribe({ encoder: tiny, fromSeq: 1 }, late);
    };
    publish(1);
    clock.advance(0);
    clock.advance(1);
    expect(late.seqs).toEqual([1]);
  });
});

describe('closing', () => {
  it('delivers what is due, ends everyone with closed, then refuses publishers and subscribers', () => {
    const { broadcast, clock, publish, join } = feed();
    const sinks = [join().sink, join().sink];
    publish(2);
    broadcast.close();
    broadcast.close();
    for (const sink of sinks) expect(sink.events).toEqual([1, 2, 'end:closed']);
    expect(codeOf(() => broadcast.publish('k', 1))).toBe('LAB_ERR_CLOSED');
    expect(codeOf(() => join())).toBe('LAB_ERR_CLOSED');
    expect(clock.pending).toBe(0);
  });

  it('a blocked subscriber ends when it has caught up: nothing published is lost without a word', () => {
    const { broadcast, clock, publish, join } = feed();
    const { sink } = join();
    sink.blocked = true;
    publish(3);
    broadcast.close();
    expect(sink.events).toEqual([]);
    sink.blocked = false;
    broadcast.requestFlush();
    clock.advance(1);
    expect(sink.events).toEqual([1, 2, 3, 'end:closed']);
  });

  it('sinks may leave while they are ended', () => {
    const { broadcast } = feed();
    for (let i = 0; i < 5; i++) {
      const sink = new RecordingSink({ onEnd: () => broadcast.unsubscribe(subscriber) });
      const subscriber = broadcast.subscribe({ encoder: tiny }, sink);
    }
    broadcast.close();
    expect(broadcast.counters.clients).toBe(0);
  });

  it('every broadcast is a sequence space of its own', () => {
    const epochs = range(1, 20).map(() => feed().broadcast.epoch);
    for (const epoch of epochs) expect(epoch).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(epochs).size).toBe(20);
  });
});
