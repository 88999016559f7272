/**
 * What is published reaches every subscriber once and in order; who cannot keep up is told, and
 * costs the others nothing.
 */
import { describe, expect, it } from 'vitest';
import { Broadcast } from '../../../src/core/broadcast.js';
import type { Subscriber } from '../../../src/core/subscriber.js';
import { feed, padded, range, tiny } from '../../support/core/broadcast-feed.js';
import { codeOf } from '../../support/core/code-of.js';
import { FakeClock } from '../../support/core/fake-clock.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder } from '../../support/core/tiny-encoder.js';

describe('publishing', () => {
  it('numbers messages 1, 2, 3, … and counts their bytes', () => {
    const { broadcast } = feed();
    expect([broadcast.publish('a', 1), broadcast.publish('b', 2), broadcast.next]).toEqual([
      1, 2, 3,
    ]);
    expect(broadcast.counters).toMatchObject({
      published: 2,
      publishedBytes: '1|a|1\n2|b|2\n'.length,
    });
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

  it('a message that the default codec refuses enters none, and its number is used by the next', () => {
    const { broadcast, clock, join } = feed({ encoder: new TinyEncoder('narrow', 20) });
    const wide = join({ encoder: new TinyEncoder('wide') });
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

describe('overload', () => {
  it('drop-oldest: dropped equals the number of overwritten messages', () => {
    const { clock, publish, join } = feed({ retention: { messages: 8, bytes: 1e9 } });
    const { sink, subscriber } = join();
    sink.blocked = true;
    publish(100);
    clock.advance(1);
    expect([subscriber.dropped, sink.skips, subscriber.lag]).toEqual([92, [92], 8]);
    sink.blocked = false;
    publish(1);
    clock.advance(1);
    expect(sink.events).toEqual(['lagged:93', ...range(94, 101)]);
    expect([subscriber.dropped, sink.skips]).toEqual([93, [92, 1]]);
  });

  it('what a subscriber that never reads again has lost is counted once, at every flush or when it is asked for', () => {
    const { clock, broadcast, publish, join } = feed({ retention: { messages: 8, bytes: 1e9 } });
    const { sink, subscriber } = join();
    const filtered = join({ keys: ['a'] });
    sink.blocked = filtered.sink.blocked = true;
    const books = (): number[] => [
      subscriber.dropped,
      filtered.subscriber.dropped,
      broadcast.backlog,
    ];
    publish(9, 'a');
    publish(90, 'b');
    // Before the flush: only what is retained is backlog, and the log of one filter has lost one of
    // its own nine.
    expect(books()).toEqual([0, 0, 16]);
    broadcast.accountLosses();
    expect(books()).toEqual([91, 1, 16]);
    clock.advance(1);
    broadcast.accountLosses();
    expect(books()).toEqual([91, 1, 16]);
    publish(3, 'b');
    clock.advance(1);
    expect(books()).toEqual([94, 1, 16]);
    expect([sink.skips, filtered.sink.skips, sink.told]).toEqual([[91, 3], [1], []]);
    expect(broadcast.takeLosses()).toEqual({ clients: 2, messages: 95 });
    expect(broadcast.takeLosses()).toEqual({ clients: 0, messages: 0 });
    sink.blocked = false;
    publish(1, 'b');
    clock.advance(1);
    expect(sink.events).toEqual(['lagged:95', ...range(96, 103)]);
    expect(broadcast.takeLosses()).toEqual({ clients: 1, messages: 1 });
  });

  it('asking for the losses ends nobody: to cut is for the flush', () => {
    const { clock, broadcast, publish, join } = feed({ retention: { messages: 8, bytes: 1e9 } });
    const { sink, subscriber } = join({ policy: 'disconnect' });
    sink.blocked = true;
    publish(20);
    broadcast.accountLosses();
    expect([sink.ends, subscriber.dropped, broadcast.backlog]).toEqual([[], 0, 8]);
    clock.advance(1);
    expect([sink.ends, subscriber.dropped]).toEqual([['LAB_ERR_LAGGED'], 0]);
    expect(broadcast.takeLosses()).toEqual({ clients: 0, messages: 0 });
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
    expect(broadcast.counters.disconnectedForLag).toBe(1);
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
    expect(broadcast.backlog).toBe(8);
  });

  it('the default policy of the server applies to those that ask for none', () => {
    const { subscriber } = feed({ policy: 'disconnect' }).join();
    expect(subscriber.policy.text).toBe('disconnect');
    expect(codeOf(() => feed({ policy: 'nonsense' }))).toBe('LAB_ERR_UNKNOWN_POLICY');
  });
});

describe('flushing', () => {
  it.each([1, 2, 3, 6, 8, 10])(
    'offers to each of %d subscribers once, each first equally often',
    (count) => {
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
    },
  );

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
