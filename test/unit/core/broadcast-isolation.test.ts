/** One subscriber never decides for the others: not by its codec, and not by a sink that fails. */
import { describe, expect, it } from 'vitest';
import { feed } from '../../support/core/broadcast-feed.js';
import { codeOf } from '../../support/core/code-of.js';
import { RecordingSink } from '../../support/core/recording-sink.js';
import { TinyEncoder } from '../../support/core/tiny-encoder.js';

const narrow = new TinyEncoder('narrow', 20);
const LONG = 'x'.repeat(30);

describe('a codec that refuses a message', () => {
  it('costs its own subscribers that message, and they are told; the others get it', () => {
    const { broadcast, clock, join } = feed();
    const wide = join();
    const poor = join({ encoder: narrow });
    for (const value of ['a', LONG, LONG, 'b', LONG]) broadcast.publish('k', value);
    clock.advance(1);
    expect(wide.sink.seqs).toEqual([1, 2, 3, 4, 5]);
    expect(poor.sink.events).toEqual([1, 'lagged:2', 4, 'lagged:1']);
    expect(poor.sink.told).toEqual([
      { missed: 2, next: 4 },
      { missed: 1, next: 6 },
    ]);
    expect([poor.subscriber.dropped, broadcast.counters.refusedMessages]).toEqual([0, 3]);
  });

  it('is told of to a subscriber that was behind at its place, once', () => {
    const { broadcast, clock, join } = feed();
    const { sink } = join({ encoder: narrow });
    sink.blocked = true;
    for (const value of ['a', LONG, 'b', LONG, 'c']) {
      broadcast.publish('k', value);
      clock.advance(1);
    }
    sink.blocked = false;
    broadcast.publish('k', 'd');
    clock.advance(1);
    expect(sink.events).toEqual([1, 'lagged:1', 3, 'lagged:1', 5, 6]);
  });

  it('is counted together with what the retention took', () => {
    const { broadcast, clock, join } = feed({ retention: { messages: 3, bytes: 1e9 } });
    const { sink, subscriber } = join({ encoder: narrow });
    sink.blocked = true;
    for (const value of ['1', LONG, '3', '4', LONG, '6', '7']) broadcast.publish('k', value);
    clock.advance(1);
    sink.blocked = false;
    broadcast.publish('k', '8');
    clock.advance(1);
    const told = sink.told.reduce((sum, { missed }) => sum + missed, 0);
    expect(told + sink.seqs.length).toBe(8);
    expect([subscriber.dropped, sink.seqs]).toEqual([3, [6, 7, 8]]);
  });

  it('locks nobody out who joins later: of the snapshot and a replay too it is told', () => {
    const { broadcast, clock, join } = feed();
    broadcast.publish('long', LONG);
    broadcast.publish('k', 'b');
    const snapshot = join({ encoder: narrow }).sink;
    const replay = join({ encoder: narrow, fromSeq: 1 }).sink;
    const filtered = join({ encoder: narrow, keys: ['long'] }).sink;
    clock.advance(1);
    broadcast.publish('k', 'c');
    clock.advance(1);
    expect(snapshot.events).toEqual(['lagged:1', 2, 3]);
    expect(replay.told).toEqual([{ missed: 1, next: 2 }]);
    expect(replay.events).toEqual(['lagged:1', 2, 3]);
    expect(filtered.events).toEqual(['lagged:1']);
  });

  it('of what it refused before somebody joined, that one hears nothing', () => {
    const { broadcast, clock, join } = feed();
    join({ encoder: narrow });
    broadcast.publish('k', LONG);
    broadcast.publish('k', 'b');
    broadcast.publish('k', LONG);
    const { sink } = join({ encoder: narrow, fromSeq: 4 });
    broadcast.publish('k', 'd');
    clock.advance(1);
    expect(sink.events).toEqual([4]);
  });

  it('however it fails, is no reason to refuse the message; one that the default codec refuses enters none', () => {
    const { broadcast, clock, join } = feed();
    const { sink } = join({
      encoder: new (class extends TinyEncoder {
        override encode(): number {
          throw new TypeError('a codec with a fault');
        }
      })('faulty'),
    });
    broadcast.limitMessageBytes(40, 'a datagram');
    expect(broadcast.publish('k', 'v')).toBe(1);
    expect(codeOf(() => broadcast.publish('k', 'x'.repeat(50)))).toBe('LAB_ERR_MESSAGE_TOO_LARGE');
    clock.advance(1);
    expect([sink.events, broadcast.next]).toEqual([['lagged:1'], 2]);
  });

  it('a limit of one transport does not bind a codec that only another transport carries', () => {
    const { broadcast, clock, join } = feed();
    const { sink } = join({ encoder: new TinyEncoder('longer') });
    broadcast.limitMessageBytes(20, 'a datagram');
    broadcast.publish('k', 'fits');
    clock.advance(1);
    expect(sink.seqs).toEqual([1]);
  });
});

describe('a sink that fails', () => {
  const METHODS = ['flush', 'lagged', 'skipped', 'end'] as const;
  const FAILURES = [
    [
      'throws',
      () => {
        throw new Error('a sink with a fault');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('a sink with a fault');
      },
    ],
  ] as const;
  const cases = METHODS.flatMap((method) =>
    FAILURES.map(([how, fail]) => [method, how, fail] as const),
  );

  it.each(cases)(
    'in %s: %s, loses its own subscription and nobody else’s',
    async (method, how, fail) => {
      const { broadcast, clock, publish, join } = feed({ retention: { messages: 4, bytes: 1e9 } });
      const faulty = new RecordingSink();
      faulty.blocked = true;
      Object.assign(faulty, { [method]: fail });
      const before = join();
      join({ policy: method === 'end' ? 'disconnect' : 'drop-oldest' }, faulty);
      const after = join();
      for (let turn = 0; turn < 4; turn++) {
        publish(3);
        clock.advance(5);
        if (turn === 2) faulty.blocked = false;
        await Promise.resolve();
      }
      await new Promise((resolve) => setImmediate(resolve));
      for (const { sink } of [before, after])
        expect(sink.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      publish(1);
      clock.advance(5);
      // A disconnected one is gone in any case; there the failure comes too late to matter.
      if (method !== 'end') expect([how, broadcast.counters.sinkErrors]).toEqual([how, 1]);
      expect(after.sink.seqs.at(-1)).toBe(13);
      broadcast.close();
      expect([before.sink.ends, after.sink.ends]).toEqual([['closed'], ['closed']]);
    },
  );
});
