/** Policy `block`: the feed waits for its slowest subscriber. */
import { describe, expect, it } from 'vitest';
import { feed } from '../../../support/core/broadcast-feed.js';
import { codeOf } from '../../../support/core/code-of.js';
import { RecordingSink } from '../../../support/core/recording-sink.js';

function blocking(policy = 'block', messages = 1_000) {
  const rig = feed({ policy, retention: { messages, bytes: 1e9 } });
  const { sink, subscriber } = rig.join();
  const gate = rig.broadcast.backpressure!;
  let opened = 0;
  /** Publishes as long as it may, flushing after each, up to so many; how many it did. */
  const publish = (most: number): number => {
    for (let count = 0; count < most; count++) {
      if (gate.isClosed) return count;
      rig.publish(1);
      rig.clock.advance(1);
    }
    return most;
  };
  const free = (): void => {
    sink.blocked = false;
    rig.broadcast.requestFlush();
    rig.clock.advance(1);
  };
  const wait = (): void => gate.whenOpen(() => (opened += 1));
  return { ...rig, sink, subscriber, gate, publish, free, wait, opened: () => opened };
}

describe('policy block', () => {
  it('stops the feed as soon as a flush leaves anything, and lets it go on when that is read', () => {
    const { sink, publish, free, wait, opened, gate, subscriber } = blocking();
    expect(publish(50)).toBe(50);
    sink.blocked = true;
    expect(publish(50)).toBe(1);
    wait();
    expect([gate.isClosed, opened()]).toEqual([true, 0]);
    free();
    expect([gate.isClosed, opened()]).toEqual([false, 1]);
    expect(publish(50)).toBe(50);
    expect([sink.seqs.length, subscriber.dropped, sink.told]).toEqual([101, 0, []]);
  });

  it('with limits it stops above them', () => {
    const { sink, publish } = blocking('block/messages=7');
    sink.blocked = true;
    expect(publish(50)).toBe(8);
  });

  it('by age it stops when the oldest that waits is older', () => {
    const { sink, publish } = blocking('block/age=5ms');
    sink.blocked = true;
    expect(publish(50)).toBe(7);
  });

  it('waits for the slowest of all, and for nobody who has left', () => {
    const { broadcast, join, publish, wait, opened } = blocking();
    const slow = new RecordingSink();
    const { subscriber } = join({}, slow);
    slow.blocked = true;
    expect(publish(50)).toBe(1);
    wait();
    broadcast.unsubscribe(subscriber);
    expect([opened(), publish(50)]).toEqual([1, 50]);
  });

  it('a subscriber whose sink throws holds nobody up', () => {
    const { publish, join } = blocking();
    const bad = new RecordingSink();
    join({}, bad);
    bad.flush = () => {
      throw new Error('broken');
    };
    expect(publish(50)).toBe(50);
  });

  it('evicts nothing that somebody has yet to read, however much is due between two flushes', () => {
    const { sink, subscriber, publish: _, gate, clock, broadcast } = blocking('block', 100);
    sink.blocked = true;
    let published = 0;
    // A burst: nothing is flushed until the clock goes on.
    for (let round = 0; round < 5; round++) {
      for (; !gate.isClosed; published++) broadcast.publish('k', 'v');
      clock.advance(1);
    }
    expect(published).toBe(50);
    sink.blocked = false;
    broadcast.requestFlush();
    clock.advance(1);
    expect([sink.seqs.length, subscriber.dropped]).toEqual([50, 0]);
  });

  it('limits beyond what is retained hold the feed up before anything is evicted', () => {
    const { sink, subscriber, publish, free } = blocking('block/messages=100000', 100);
    sink.blocked = true;
    expect(publish(500)).toBe(26);
    free();
    expect([sink.seqs.length, subscriber.dropped]).toEqual([26, 0]);
  });

  it('who joins late and is far behind holds it up as well', () => {
    const { join, publish } = blocking();
    expect(publish(20)).toBe(20);
    const late = new RecordingSink();
    late.blocked = true;
    join({ fromSeq: 1 }, late);
    expect(publish(20)).toBeLessThanOrEqual(1);
  });

  it('is for a server that was put together so: no subscriber of another can ask for it', () => {
    const { join } = feed();
    expect(codeOf(() => join({ policy: 'block' }))).toBe('LAB_ERR_BAD_VALUE');
    expect(feed().broadcast.backpressure).toBeUndefined();
  });

  it('a subscriber that asks for another policy holds nothing up', () => {
    const { join, publish } = blocking();
    const { sink } = join({ policy: 'drop-oldest' });
    sink.blocked = true;
    expect(publish(50)).toBe(50);
  });
});
